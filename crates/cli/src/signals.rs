//! The end of a server: Ctrl-C, or SIGTERM from whoever supervises it.

use tokio::sync::watch;

/// Hears of the end, however late it asks.
#[derive(Clone)]
pub(crate) struct End(watch::Receiver<bool>);

impl End {
    /// Listens for signals from now on. Call it within a tokio runtime.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = watch::channel(false);
        let first_signal = first_signal();
        tokio::spawn(async move {
            first_signal.await;
            let _nobody_listens = sender.send(true);
        });
        Self(receiver)
    }

    /// Waits for the end.
    pub(crate) async fn wait(mut self) {
        let _sender_gone_is_an_end_too = self.0.wait_for(|ended| *ended).await;
    }
}

/// The handlers stand when this returns, not when it is first polled.
#[cfg(unix)]
fn first_signal() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).expect("SIGINT and SIGTERM can always be listened for");
    let mut terminate = listen(SignalKind::terminate());
    let mut interrupt = listen(SignalKind::interrupt());
    async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
fn first_signal() -> impl Future<Output = ()> + Send + 'static {
    async {
        let _no_handler = tokio::signal::ctrl_c().await;
    }
}
