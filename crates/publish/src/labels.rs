//! Labels: which files the owner's rules share, and the tight form of those rules for the worker.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use swarmfetch_manifest::rules::path_matches;
use swarmfetch_manifest::{HedgeMode, Query, Rule, Rules};

use crate::Error;
use crate::address::Address;
use crate::config::Config;
use crate::tally::Under;

/// More extensions than this under one rule are not listed: the worker looks through them on every
/// request.
const EXTENSIONS_MAX: usize = 64;

/// What may stand in a glob as it is: `*` and `?` are special, the rest as in a URL's path.
const GLOB: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'^')
    .add(b'|');

/// What the owner's rules say of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It may be shared.
    Shared,
    /// This private rule names it.
    Private(&'a str),
    /// No rule names it.
    Unnamed,
}

/// The owner's rules, ready to be asked.
#[derive(Debug, Clone)]
pub struct Labels {
    share: Vec<Glob>,
    private: Vec<Glob>,
    rules: Vec<(Glob, Option<Query>, Option<HedgeMode>)>,
    mode: HedgeMode,
    /// Rules about other origins, as written.
    pub elsewhere: Vec<String>,
}

#[derive(Debug, Clone)]
struct Glob {
    written: String,
    path: String,
}

impl Labels {
    /// The rules of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let own = |patterns: &[crate::config::Pattern]| {
            let own = patterns.iter().filter(|pattern| pattern.origin.is_none());
            own.map(|pattern| Glob::of(&pattern.glob)).collect()
        };
        let all = config.share.iter().chain(&config.private);
        Self {
            share: own(&config.share),
            private: own(&config.private),
            rules: config
                .rules
                .iter()
                .map(|rule| (Glob::of(&rule.glob), rule.query, rule.mode))
                .collect(),
            mode: config.mode,
            elsewhere: all
                .filter_map(|pattern| {
                    Some(format!("{} of {}", pattern.glob, pattern.origin.as_ref()?))
                })
                .collect(),
        }
    }

    /// What the rules say of the file at this address.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a share rule and a private rule both name it.
    pub fn verdict(&self, address: &Address) -> Result<Verdict<'_>, Error> {
        let first = |globs: &'_ [Glob]| globs.iter().position(|glob| glob.matches(address));
        match (first(&self.share), first(&self.private)) {
            (Some(share), Some(private)) => Err(Error::Conflict {
                path: address.path().to_owned(),
                share: self.share[share].written.clone(),
                private: self.private[private].written.clone(),
            }),
            (Some(_), None) => Ok(Verdict::Shared),
            (None, Some(private)) => Ok(Verdict::Private(&self.private[private].written)),
            (None, None) => Ok(Verdict::Unnamed),
        }
    }

    /// What the query of this address means: the word of the first `[[rule]]` that names it, else that it is part of the name.
    #[must_use]
    pub fn query(&self, address: &Address) -> Query {
        let rule = self.rules.iter().find(|(glob, ..)| glob.matches(address));
        rule.and_then(|(_, query, _)| *query)
            .unwrap_or(Query::Exact)
    }

    /// The place, among all rules, of the one that a labelled URL is under.
    pub(crate) fn place(&self, address: &Address) -> Option<usize> {
        let rules = self.rules.iter().map(|(glob, ..)| glob);
        rules
            .chain(&self.share)
            .position(|glob| glob.matches(address))
    }

    /// The rules for the worker, as tight as the URLs allow that are under them: a URL under a rule that is not in the
    /// tree is the one case in which a request is held up for nothing.
    #[must_use]
    pub(crate) fn bake(&self, under: &[Under]) -> Rules {
        let rules = self
            .rules
            .iter()
            .map(|(glob, query, mode)| (glob, *query, mode.unwrap_or(self.mode)));
        let shares = self.share.iter().map(|glob| (glob, None, self.mode));
        let rules = rules.chain(shares).zip(under);
        Rules {
            share: rules
                .filter(|(_, under)| !under.is_empty())
                .map(|((glob, query, mode), under)| glob.rule(query, mode, under))
                .collect(),
            private: self.private.iter().map(|glob| glob.path.clone()).collect(),
        }
    }
}

impl Glob {
    /// The rule for the worker, of the addresses that are under it.
    fn rule(&self, query: Option<Query>, mode: HedgeMode, under: &Under) -> Rule {
        let extensions = under.extensions();
        let listed = if extensions.len() <= EXTENSIONS_MAX {
            extensions.map(str::to_owned).collect()
        } else {
            Vec::new()
        };
        let unsaid = if under.has_queries() {
            Query::Exact
        } else {
            Query::None
        };
        Rule {
            path: self.path.clone(),
            origin: None,
            query: query.unwrap_or(unsaid),
            mode,
            extensions: listed,
        }
    }

    fn of(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            path: utf8_percent_encode(written, GLOB).to_string(),
        }
    }

    fn matches(&self, address: &Address) -> bool {
        path_matches(&self.path, address.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Pattern, UrlRule};
    use crate::headers::{Facts, OwnerHeaders, ResponseHeaders};
    use crate::tally::{Step, Tally};
    use swarmfetch_content::ObjectId;
    use swarmfetch_manifest::SiteId;

    fn labels(share: &[&str], private: &[&str], ignore: &[&str]) -> Labels {
        let pattern = |glob: &&str| Pattern {
            glob: (*glob).to_owned(),
            origin: None,
        };
        let mut config = Config::sensible("x".into(), "y".into(), SiteId([0; 16]));
        config.share = share.iter().map(pattern).collect();
        config.private = private.iter().map(pattern).collect();
        config.rules = ignore
            .iter()
            .map(|glob| UrlRule {
                glob: (*glob).to_owned(),
                query: Some(Query::Ignore),
                mode: None,
            })
            .collect();
        Labels::of(&config)
    }

    fn counted<'a>(labels: &Labels, labelled: impl Iterator<Item = &'a Address>) -> Tally {
        let facts = Facts {
            object: ObjectId::of(b"x"),
            modified_secs: 0,
            utf8: true,
        };
        let headers = ResponseHeaders::of("/x", "x", &facts, &OwnerHeaders::default());
        let mut tally = Tally::default();
        for address in labelled {
            tally.step_url(address, &headers, labels, Step::Comes);
        }
        tally
    }

    #[test]
    fn a_file_under_both_kinds_of_rules_is_an_error_that_names_them() {
        let labels = labels(&["/*.html", "/img/**"], &["/secret.*"], &[]);
        let verdict = |name| labels.verdict(&Address::of_file(name));
        assert!(matches!(verdict("a.html"), Ok(Verdict::Shared)));
        assert!(matches!(
            verdict("secret.txt"),
            Ok(Verdict::Private("/secret.*"))
        ));
        assert!(matches!(verdict("a.txt"), Ok(Verdict::Unnamed)));
        match verdict("secret.html") {
            Err(Error::Conflict {
                share,
                private,
                path,
            }) => {
                assert_eq!(
                    (&*share, &*private, &*path),
                    ("/*.html", "/secret.*", "/secret.html")
                );
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn globs_are_written_as_people_write_names() {
        let labels = labels(&["/my files/é*"], &[], &[]);
        assert!(matches!(
            labels.verdict(&Address::of_file("my files/éa")),
            Ok(Verdict::Shared)
        ));
    }

    #[test]
    fn the_first_rule_that_names_a_url_says_what_its_visitors_prefer() {
        let mut config = Config::sensible("x".into(), "y".into(), SiteId([0; 16]));
        let rule = |glob: &str, query, mode| UrlRule {
            glob: glob.to_owned(),
            query,
            mode,
        };
        config.rules = vec![
            rule("/film/**", None, Some(HedgeMode::Savings)),
            rule("/film/a.*", Some(Query::Ignore), None),
            rule("/img/**", Some(Query::Ignore), None),
        ];
        let labels = Labels::of(&config);
        let named: Vec<Address> = ["film/a.webm", "img/b.png", "c.html"]
            .map(Address::of_file)
            .into();
        let rules = labels.bake(&counted(&labels, named.iter()).under);
        let said = |path| {
            let rule = rules.nominate(None, path, None).unwrap();
            (rule.query, rule.mode)
        };
        assert_eq!(said("/film/a.webm"), (Query::None, HedgeMode::Savings));
        assert_eq!(said("/img/b.png"), (Query::Ignore, HedgeMode::Speed));
        assert_eq!(said("/c.html"), (Query::None, HedgeMode::Speed));
        // The key is made by the same word as the rule.
        assert_eq!(labels.query(&named[0]), Query::Exact);
        assert_eq!(labels.query(&named[1]), Query::Ignore);
    }

    #[test]
    fn baked_rules_nominate_what_is_labelled_and_little_else() {
        let labels = labels(
            &["/docs/**", "/*.html", "/none/**"],
            &["/x/**"],
            &["/docs/img/**"],
        );
        let named: Vec<Address> = ["docs/a.html", "docs/b.css", "docs/img/c.png", "d.html"]
            .map(Address::of_file)
            .into();
        let queried = Address::of_file("docs/").resolve("b.css?1").unwrap();
        let folder = Address::of_folder_of("docs/index.html").unwrap();
        let all: Vec<&Address> = named.iter().chain([&queried, &folder]).collect();
        let rules = labels.bake(&counted(&labels, all.iter().copied()).under);
        assert_eq!(rules.share.len(), 3);
        for (path, query, expected) in [
            ("/docs/a.html", None, true),
            ("/docs/b.css", Some("1"), true),
            ("/docs/", None, true),
            ("/docs/img/c.png", Some("anything"), true),
            ("/d.html", None, true),
            ("/d.html", Some("1"), false),
            ("/docs/api.json", None, false),
            ("/docs/api", None, false),
            ("/x/a.html", None, false),
            ("/none/a.html", None, false),
        ] {
            assert_eq!(
                rules.nominate(None, path, query).is_some(),
                expected,
                "{path} {query:?}"
            );
        }
        for address in all {
            let query = address.as_str().split_once('?').map(|(_, query)| query);
            assert!(
                rules.nominate(None, address.path(), query).is_some(),
                "{address}"
            );
        }
    }
}
