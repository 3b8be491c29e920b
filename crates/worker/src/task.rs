//! Tasks and waits, each by one machine for all of them. Left to themselves, every task brings its own copy of what runs
//! tasks, and every wait its own copy of what waits: a fifth of the worker.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

/// Runs a task that nobody waits for.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    spawn_boxed(Box::pin(task));
}

#[inline(never)]
fn spawn_boxed(task: Pin<Box<dyn Future<Output = ()>>>) {
    spawn_local(task);
}

/// Runs a task; the promise of its value never rejects.
pub(crate) fn promise(task: impl Future<Output = JsValue> + 'static) -> Promise {
    promise_boxed(Box::pin(task))
}

#[inline(never)]
fn promise_boxed(task: Pin<Box<dyn Future<Output = JsValue>>>) -> Promise {
    future_to_promise(async move { Ok(task.await) })
}

/// What a promise will give; nothing when it rejects, or gives something else.
pub(crate) struct Reply<T> {
    promise: JsFuture,
    read: fn(JsValue) -> Option<T>,
}

impl<T> Reply<T> {
    pub(crate) fn of(promise: Promise, read: fn(JsValue) -> Option<T>) -> Self {
        let promise = JsFuture::from(promise);
        Self { promise, read }
    }
}

impl Reply<JsValue> {
    /// The value as it is; nothing for `undefined`.
    pub(crate) fn any(promise: Promise) -> Self {
        Self::of(promise, |value| (!value.is_undefined()).then_some(value))
    }
}

impl<T> Future for Reply<T> {
    type Output = Option<T>;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Poll::Ready(result) = Pin::new(&mut self.promise).poll(context) else {
            return Poll::Pending;
        };
        Poll::Ready(result.ok().and_then(self.read))
    }
}
