use super::follow::{Driver, Feed};
use super::subscription::SessionEvent;
use crate::error::Error;
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio_util::sync::ReusableBoxFuture;

/// What a driver tells, as a stream.
///
/// A history arrives in bursts: what is here already is handed out at once, and only a wait makes a
/// future, which would move each event several times.
pub(super) struct Events<F: Feed> {
    /// The driver, while nothing is waited for.
    pub(super) resting: Option<Box<Driver<F>>>,
    waiting: ReusableBoxFuture<'static, Told<F>>,
}

type Told<F> = (Box<Driver<F>>, Option<Result<SessionEvent, Error>>);

impl<F: Feed> Events<F> {
    pub(super) fn of(driver: Driver<F>) -> Self {
        Self {
            resting: None,
            waiting: ReusableBoxFuture::new(wait(Box::new(driver))),
        }
    }
}

async fn wait<F: Feed>(mut driver: Box<Driver<F>>) -> Told<F> {
    let event = driver.next().await;
    (driver, event)
}

impl<F: Feed> Stream for Events<F> {
    type Item = Result<SessionEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(mut driver) = this.resting.take() {
            if let Some(event) = driver.arrived(cx) {
                this.resting = Some(driver);
                return Poll::Ready(Some(event));
            }
            this.waiting.set(wait(driver));
        }
        let (driver, event) = ready!(this.waiting.poll(cx));
        this.resting = Some(driver);
        Poll::Ready(event)
    }
}
