//! `swarmfetch simulate`: a seeded world of visitors around the real core; or thousands of small ones that look for
//! what is wrong with it.

use std::num::NonZero;
#[cfg(unix)]
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
#[cfg(unix)]
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

use swarmfetch_manifest::HedgeMode;
use swarmfetch_sim::report::html;
use swarmfetch_sim::scenario::BUILT_IN;
use swarmfetch_sim::small::{self, Fault};
use swarmfetch_sim::{Report, Scenario, simulate, trace};

use crate::failure::Failure;

/// One world in so many runs twice, and must run alike.
const TWICE_EVERY: u64 = 10;

/// Play a crowd of visitors: what would the origin send, what would they wait and give
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A scenario's file, or flash-crowd, shop, wiki, crowd
    #[arg(required_unless_present = "worlds", conflicts_with = "worlds")]
    scenario: Option<String>,
    /// The number to draw by, in place of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// How many visitors, in place of the scenario's number for its first site
    #[arg(long)]
    visitors: Option<usize>,
    /// Have the first site's owner rather spare the origin than be as fast
    #[arg(long)]
    savings: bool,
    /// Write a report with plots to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Look for faults of the core in so many small worlds
    #[arg(long, value_name = "COUNT")]
    worlds: Option<u64>,
    /// The first world's seed
    #[arg(long, value_name = "SEED", default_value_t = 0, requires = "worlds")]
    from: u64,
    /// Print what happened in the world that fails, or in the last one
    #[arg(long, requires = "worlds")]
    trace: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match (arguments.worlds, &arguments.scenario) {
        (Some(count), _) => look_for_faults(arguments.from, count, arguments.trace),
        (None, Some(named)) => {
            start_with_large_pages();
            show(arguments, named)
        }
        (None, None) => Ok(()),
    }
}

/// Has this program start anew in its own place, so that its allocator, which reads this when a program starts, asks for
/// large pages: a crowd's memory is touched all over, and with small ones the processor looks for a page more often than it
/// looks at one. Where that cannot be, all goes on with small pages.
#[cfg(unix)]
fn start_with_large_pages() {
    const ASKED_FOR: &str = "MIMALLOC_ALLOW_LARGE_OS_PAGES";
    if env::var_os(ASKED_FOR).is_none()
        && let Ok(program) = env::current_exe()
    {
        let mut anew = Command::new(program);
        let _failed = anew.args(env::args_os().skip(1)).env(ASKED_FOR, "1").exec();
    }
}

#[cfg(not(unix))]
fn start_with_large_pages() {}

fn show(arguments: &Arguments, named: &str) -> Result<(), Failure> {
    let built_in = BUILT_IN.iter().find(|(name, _)| *name == named);
    let text = match built_in {
        Some((_, text)) => (*text).to_owned(),
        None => fs::read_to_string(named).map_err(|error| {
            let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let remedy = format!("name a scenario's file, or one of {}", names.join(", "));
            Failure::new(format!("{named} cannot be read: {error}"), remedy)
        })?,
    };
    let wrong = |error| Failure::new(format!("{named}: {error}"), "mend the scenario");
    let mut scenario = Scenario::parse(&text).map_err(wrong)?;
    if let Some(site) = scenario.site.first_mut() {
        site.visitors.count = arguments.visitors.unwrap_or(site.visitors.count);
        if arguments.savings {
            site.mode = HedgeMode::Savings;
        }
    }
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let began = (clock(), processor_s());
    let report = simulate(&scenario, seed).map_err(|error| {
        let remedy = format!("tell us: swarmfetch simulate {named} --seed {seed}");
        Failure::new(format!("{named}, seed {seed}: {error}"), remedy)
    })?;
    // Of both arms.
    let took_s = clock().duration_since(began.0).as_secs_f64().max(1e-3);
    let busy_s = match [began.1, processor_s()] {
        [Some(before), Some(after)] => after - before,
        _ => took_s,
    };
    if let Some(path) = &arguments.html {
        let failed = |error: String| {
            Failure::new(format!("{}: {error}", path.display()), "name another file")
        };
        let page = html::page(&report).map_err(|error| failed(error.to_string()))?;
        fs::write(path, page).map_err(|error| failed(error.to_string()))?;
    }
    print(&report, arguments.json)?;
    if !arguments.json {
        let visitors = report.visitors.max(1) as f64;
        println!(
            "\n{} events, {:.0} a visitor; {:.0} simulated seconds a second; {:.2} ms of a processor a visitor, {:.2} us an event; digest {}",
            report.events,
            report.events as f64 / visitors,
            2.0 * report.minutes * 60.0 / took_s,
            busy_s * 1e3 / visitors,
            busy_s * 1e6 / report.events.max(1) as f64,
            report.digest
        );
    }
    Ok(())
}

/// Seconds of a processor that this process has used in its own code: unlike time on the wall, they say what a
/// simulation costs on a machine that has other things to do. Linux only; counted in hundredths of a second.
fn processor_s() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold anything, blanks too; "utime" is the twelfth field after it.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let ticks: u64 = behind_name.split_whitespace().nth(11)?.parse().ok()?;
    Some(ticks as f64 / 100.0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a simulation takes is told by a real clock, and decides nothing"
)]
fn clock() -> Instant {
    Instant::now()
}

fn print(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        let text = serde_json::to_string_pretty(report);
        println!(
            "{}",
            text.map_err(|error| Failure::new(error, "leave --json out"))?
        );
        return Ok(());
    }
    println!("{}: {}\n", report.name, report.about);
    for [what, how_much] in report.rows() {
        println!("{what:18} {how_much}");
    }
    Ok(())
}

/// Lets small worlds run, on all cores; names the one with the smallest seed that something is wrong in.
fn look_for_faults(from: u64, count: u64, traced: bool) -> Result<(), Failure> {
    let end = from.saturating_add(count);
    let next = AtomicU64::new(from);
    let first: Mutex<Option<(u64, Fault)>> = Mutex::new(None);
    let sums = [const { AtomicU64::new(0) }; 3];
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    // A world that panics is a finding, told below, not a crash.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let found = |first: &Option<(u64, Fault)>| {
                        first.as_ref().is_some_and(|(at, _)| *at < seed)
                    };
                    if seed >= end || first.lock().is_ok_and(|first| found(&first)) {
                        return;
                    }
                    match small::check(seed, seed.is_multiple_of(TWICE_EVERY)) {
                        Ok(outcome) => {
                            sums[0].fetch_add(outcome.events, Ordering::Relaxed);
                            sums[1].fetch_add(outcome.from_peers, Ordering::Relaxed);
                            // In whichever order they end. It wraps around.
                            sums[2].fetch_add(outcome.digest, Ordering::Relaxed);
                        }
                        Err(fault) => {
                            if let Ok(mut first) = first.lock()
                                && first.as_ref().is_none_or(|(at, _)| *at > seed)
                            {
                                *first = Some((seed, fault));
                            }
                        }
                    }
                }
            });
        }
    });
    let first = first.into_inner().unwrap_or_default();
    let shown = first
        .as_ref()
        .map_or(end.saturating_sub(1), |(seed, _)| *seed);
    if traced {
        for line in trace(&small::scenario(shown), shown).unwrap_or_default() {
            println!("{line}");
        }
    }
    let failure = first.map(|(seed, fault)| {
        let shrunk = small::shrink(seed, &fault);
        let visitors = shrunk.visitors();
        let path = std::env::temp_dir().join(format!("swarmfetch-world-{seed}.toml"));
        let kept = shrunk
            .to_toml()
            .is_ok_and(|text| fs::write(&path, text).is_ok());
        let smaller = if kept {
            format!(
                "; a smaller world with {visitors} visitors that fails alike is in {}",
                path.display()
            )
        } else {
            String::new()
        };
        Failure::new(
            format!("world {seed}: {fault}"),
            format!("see it with swarmfetch simulate --worlds 1 --from {seed} --trace{smaller}"),
        )
    });
    std::panic::set_hook(hook);
    match failure {
        Some(failure) => Err(failure),
        None => {
            let [events, peers, digest] = sums.map(AtomicU64::into_inner);
            println!(
                "{count} worlds from {from} on ran clean: {events} events, {peers} requests answered by peers; digest {digest:016x}"
            );
            Ok(())
        }
    }
}
