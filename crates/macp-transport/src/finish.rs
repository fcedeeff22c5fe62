//! Calls that are not taken back.
//!
//! A runtime stops working on a request whose client goes away, wherever it is: a message may then
//! be in the session's log without having been announced to anybody. So a request that changes
//! something, once it is on its way, is waited for in the background when its caller gives up.

use crate::codec::OnItsWay;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long a runtime may take for a request; nobody waits longer in the background.
const GRACE: Duration = Duration::from_secs(30);

/// A call that goes on when this is dropped, if it is on its way by then.
pub(crate) struct Finish<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    call: Option<Pin<Box<F>>>,
    on_its_way: OnItsWay,
}

impl<F> Finish<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    pub(crate) fn new(call: Pin<Box<F>>, on_its_way: OnItsWay) -> Self {
        Self {
            call: Some(call),
            on_its_way,
        }
    }
}

impl<F> Future for Finish<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(call) = &mut self.call else {
            return Poll::Pending;
        };
        let output = ready!(call.as_mut().poll(context));
        self.call = None;
        Poll::Ready(output)
    }
}

impl<F> Drop for Finish<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    fn drop(&mut self) {
        if self.on_its_way.get()
            && let Some(call) = self.call.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(timeout(GRACE, call));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::time::sleep;

    /// A call that takes `needed`, and tells whether it was finished, and whether it is gone.
    fn call(needed: Duration) -> (impl Future<Output = ()> + Send, Arc<AtomicBool>) {
        let finished = Arc::new(AtomicBool::new(false));
        let done = finished.clone();
        let call = async move {
            sleep(needed).await;
            done.store(true, Ordering::Relaxed);
        };
        (call, finished)
    }

    async fn dropped_after_a_second(needed: Duration, on_its_way: bool) -> Arc<AtomicBool> {
        let (call, finished) = call(needed);
        let sent = OnItsWay::default();
        if on_its_way {
            sent.set();
        }
        let call = Finish::new(Box::pin(call), sent);
        assert!(timeout(Duration::from_secs(1), call).await.is_err());
        sleep(2 * GRACE).await;
        assert_eq!(Arc::strong_count(&finished), 1, "nothing is left behind");
        finished
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_on_its_way_is_finished() {
        let finished = dropped_after_a_second(Duration::from_secs(5), true).await;
        assert!(finished.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_not_left_is_forgotten() {
        let finished = dropped_after_a_second(Duration::from_secs(5), false).await;
        assert!(!finished.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let finished = dropped_after_a_second(3 * GRACE, true).await;
        assert!(!finished.load(Ordering::Relaxed));
    }
}
