//! An ICE server of the owner's choice, as `swarmfetch.toml` names it. Read by `config.rs`.

use serde::Deserialize;

/// A `stun:` or `turn:` server, and for the latter what it asks its users for.
///
/// Browsers refuse a `turn:` server without a name and a credential, and with it the whole connection: better said to the owner than to visitors.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct IceServer {
    url: String,
    login: Option<(String, String)>,
}

impl IceServer {
    /// How the policy names it: the URL, and behind it, with a space before each, name and credential.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { url, login } = self;
        match login {
            None => url.clone(),
            Some((username, credential)) => format!("{url} {username} {credential}"),
        }
    }
}

/// A URL alone, or one with what its server asks for.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a URL, or { url = \"turn:…\", username = \"…\", credential = \"…\" }"
)]
enum Written {
    Url(String),
    Full(Full),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    url: String,
    username: String,
    credential: String,
}

impl TryFrom<Written> for IceServer {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (url, login) = match written {
            Written::Url(url) => (url, None),
            Written::Full(full) => (full.url, Some((full.username, full.credential))),
        };
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let fits = match scheme {
            Some("stun" | "stuns") => login.is_none(),
            Some("turn" | "turns") => login.is_some(),
            _ => return Err(format!("\"{url}\" is no stun: or turn: URL")),
        };
        if !fits {
            return Err(format!(
                "\"{url}\": a turn: server takes a username and a credential, and a stun: server none"
            ));
        }
        let words = login
            .iter()
            .flat_map(|(name, credential)| [name, credential]);
        for word in words.chain([&url]) {
            if word.is_empty()
                || word.contains(|char: char| char.is_whitespace() || char.is_control())
            {
                return Err(format!(
                    "\"{url}\": nothing in it may be empty or contain spaces"
                ));
            }
        }
        Ok(Self { url, login })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Vec<String>, String> {
        #[derive(Deserialize)]
        struct File {
            ice: Vec<IceServer>,
        }
        let file: Result<File, _> = toml::from_str(&format!("ice = [{value}]\n"));
        file.map(|file| file.ice.iter().map(IceServer::line).collect())
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_server_is_a_line_of_the_policy() {
        let servers = read(
            r#""stun:a.example", { url = "turn:b.example:3478?transport=udp", username = "u", credential = "c" }"#,
        );
        assert_eq!(
            servers.unwrap(),
            ["stun:a.example", "turn:b.example:3478?transport=udp u c"]
        );
    }

    /// Each of these would cost a visitor every link.
    #[test]
    fn what_a_browser_would_refuse_is_an_error() {
        for (value, named) in [
            (r#""turn:a.example""#, "username"),
            (r#""a.example""#, "no stun:"),
            (r#""https://a.example""#, "no stun:"),
            (r#""stun:a example""#, "spaces"),
            (
                r#"{ url = "stun:a", username = "u", credential = "c" }"#,
                "none",
            ),
            (r#"{ url = "turn:a", username = "u" }"#, "expected a URL"),
            (
                r#"{ url = "turn:a", username = "", credential = "c" }"#,
                "empty",
            ),
            (
                r#"{ url = "turn:a", username = "u", credential = "c\n" }"#,
                "spaces",
            ),
            (
                r#"{ url = "turn:a", username = "u v", credential = "c" }"#,
                "spaces",
            ),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(named), "{value}: {error}");
        }
    }
}
