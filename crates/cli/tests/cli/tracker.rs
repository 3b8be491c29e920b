//! `swarmfetch tracker`.

use crate::workbench::{Bench, Served};

#[test]
fn it_runs_alone_and_says_where() {
    let bench = Bench::new();
    let served = Served::start(
        bench.command(&["tracker", "--listen", "127.0.0.1:0"]),
        "tracker on ",
    );
    assert_eq!(served.get("/announce").status, 426, "a WebSocket tracker");
    #[cfg(unix)]
    assert_eq!(served.end("-TERM"), Some(0));
}
