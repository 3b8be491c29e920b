//! The end of a server: Ctrl-C, or SIGTERM from whoever supervises it.

/// Ends at the first of these signals.
pub(crate) async fn ended() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate =
            signal(SignalKind::terminate()).expect("SIGTERM can always be listened for");
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    {
        // Without a handler the process ends at once, which is an end too.
        let _no_handler = tokio::signal::ctrl_c().await;
    }
}
