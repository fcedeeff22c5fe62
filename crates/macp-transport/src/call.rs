//! One RPC, as a value that is sent when awaited.

use crate::client::{Client, authorize, refused};
use crate::codec::{OnItsWay, OneMessage};
use crate::credentials::Credentials;
use crate::error::{Error, GrpcStatus, TransportError, TransportErrorKind, from_status};
use crate::finish::Finish;
use crate::retry::{self, RetryPolicy};
use crate::rpc::Rpc;
use crate::telemetry::{self, Trace};
use bytes::Bytes;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::Instant;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

/// Longer deadlines than this are none: timers and the wire's format end somewhere.
const LONGEST_DEADLINE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One call of an RPC: optional settings, then `.await`.
///
/// Nothing happens before it is awaited. Dropping the future gives the call up, as a deadline does:
/// the runtime may have received it by then. What is meant to change something is not taken back
/// once it is on its way, because a runtime that is interrupted may stop halfway; its answer is
/// then waited for in the background.
///
/// ```no_run
/// # async fn example(client: macp_transport::Client, alice: macp_transport::Credentials) -> Result<(), macp_transport::Error> {
/// use macp_proto::SessionId;
/// use std::time::Duration;
///
/// let session = client
///     .get_session(&SessionId::random())
///     .credentials(&alice)
///     .deadline(Duration::from_secs(2))
///     .await?;
/// println!("{}", session.state);
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<M: Method> {
    client: Client,
    pub(crate) request: M::Request,
    credentials: Option<Credentials>,
    deadline: Option<Duration>,
    retry: Option<RetryPolicy>,
    idempotent: Option<bool>,
}

impl<M: Method> Call<M> {
    pub(crate) fn new(client: &Client, request: M::Request) -> Self {
        Self {
            client: client.clone(),
            request,
            credentials: None,
            deadline: client.shared().deadline,
            retry: None,
            idempotent: None,
        }
    }

    /// Speaks as `credentials` in this call, whatever the client's are.
    pub fn credentials(mut self, credentials: &Credentials) -> Self {
        self.credentials = Some(credentials.clone());
        self
    }

    /// How long the call may take, from the moment it is awaited, all attempts included.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Lets the call wait for ever.
    pub fn no_deadline(mut self) -> Self {
        self.deadline = None;
        self
    }

    /// When to repeat the call, whatever the client's policy is.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// States that repeating this call is harmless, or that it is not, whatever is known about
    /// the RPC.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    async fn run(&mut self) -> Result<M::Output, Error> {
        let prepared = self.prepare();
        let trace = M::trace(&self.request);
        // Pinned here, because what wraps a call would move all of it.
        let call = pin!(async {
            prepared?;
            self.repeat().await
        });
        let result = trace.follow(call).await;
        trace.finish(result.as_ref().map(M::is_duplicate));
        result
    }

    /// Last changes and checks before anything goes out.
    fn prepare(&mut self) -> Result<(), Error> {
        let credentials = speaker(self.credentials.as_ref(), &self.client);
        if credentials.is_none() && M::RPC.needs_credentials() {
            return Err(Error::MissingCredentials { rpc: M::RPC });
        }
        M::prepare(&mut self.request, credentials)
    }

    async fn repeat(&self) -> Result<M::Output, Error> {
        let begun = Instant::now();
        let end = self.deadline.and_then(|deadline| end_of(begun, deadline));
        if let Some(capability) = M::RPC.capability() {
            by(end, self.client.require(M::RPC, capability)).await?;
        }
        let shared = self.client.shared();
        let repeating = retry::Repeating {
            policy: self.retry.as_ref().unwrap_or(&shared.retry),
            idempotent: self
                .idempotent
                .unwrap_or_else(|| M::is_idempotent(&self.request)),
            begun,
            deadline: end,
            throttle: &shared.throttle,
        };
        let message = M::encode(&self.request);
        let mut attempt = || self.attempt(&message, end);
        repeating.run(&mut attempt).await
    }

    async fn attempt(&self, message: &Bytes, end: Option<Instant>) -> Result<M::Output, Error> {
        let credentials = speaker(self.credentials.as_ref(), &self.client);
        let mut request = Request::new(());
        telemetry::inject(request.metadata_mut());
        let header = match credentials {
            Some(credentials) => Some(by(end, credentials.authorization()).await?),
            None => None,
        };
        authorize(&mut request, header.as_ref());
        let keep_going = M::RPC.changes_something();
        if let Some(end) = end
            && !keep_going
        {
            // So that the runtime need not finish what nobody waits for.
            request.set_timeout(end.saturating_duration_since(Instant::now()));
        }
        let on_its_way = OnItsWay::default();
        let message = OneMessage::new(message.clone(), on_its_way.clone());
        // Boxed, because it is large, and moved into what waits for it.
        let call = Box::pin(self.client.unary(M::RPC, request, message));
        let span = telemetry::http_request(M::RPC);
        let response = if keep_going {
            within(end, Finish::new(call, on_its_way))
                .instrument(span)
                .await
        } else {
            within(end, call).instrument(span).await
        };
        response
            .and_then(|response| M::accept(&self.client, response.into_inner()))
            .map_err(|error| {
                tracing::debug!(rpc = %M::RPC, error = telemetry::kind(&error), "an attempt failed");
                refused(&error, credentials, header.as_ref());
                match error {
                    Error::Refused(refusal) => {
                        let (session_id, message_id) = M::subject(&self.request);
                        refusal.about(session_id, message_id).into()
                    }
                    other => other,
                }
            })
    }
}

/// Who speaks: the call's choice goes before the client's.
fn speaker<'a>(call: Option<&'a Credentials>, client: &'a Client) -> Option<&'a Credentials> {
    call.or_else(|| client.credentials())
}

/// The moment a deadline passes; none when timers and the wire's format cannot express it.
fn end_of(begun: Instant, deadline: Duration) -> Option<Instant> {
    (deadline <= LONGEST_DEADLINE).then(|| begun + deadline)
}

/// Waits for what comes before the request, until `end`: nothing has gone out then.
async fn by<T>(
    end: Option<Instant>,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match end {
        Some(end) => tokio::time::timeout_at(end, step)
            .await
            .unwrap_or_else(|_| Err(timeout().before_sending().into())),
        None => step.await,
    }
}

/// Waits for one attempt, and gives up at `end`, also on a server that answers the head and stalls.
async fn within<R>(
    end: Option<Instant>,
    call: impl Future<Output = Result<Response<R>, Status>>,
) -> Result<Response<R>, Error> {
    let Some(end) = end else {
        return call.await.map_err(from_status);
    };
    match tokio::time::timeout_at(end, call).await {
        Ok(Ok(response)) => Ok(response),
        // The server's own timer for our deadline answers with a status that only says that the
        // call was cancelled.
        Ok(Err(status)) if status.code() == tonic::Code::Cancelled && Instant::now() >= end => {
            Err(timeout().into())
        }
        Ok(Err(status)) => Err(from_status(status)),
        Err(_) => Err(timeout().into()),
    }
}

fn timeout() -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, "").with_status(GrpcStatus::DeadlineExceeded)
}

impl<M: Method> IntoFuture for Call<M> {
    type Output = Result<M::Output, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move { self.run().await })
    }
}

impl<M: Method> fmt::Debug for Call<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("rpc", &M::RPC)
            .field("credentials", &self.credentials)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// What a [`Call`] calls. The types that implement it are in [`method`](crate::method).
///
/// It is sealed: the service has these RPCs and no others.
pub trait Method: sealed::Unary {}

impl<M: sealed::Unary> Method for M {}

pub(crate) mod sealed {
    use super::{Bytes, Client, Credentials, Error, Rpc, Trace};

    /// One unary RPC: its messages, and what its answer means.
    pub trait Unary: Send + 'static {
        const RPC: Rpc;
        type Request: Send + Sync;
        type Response: prost::Message + Default;
        type Output: Send;

        /// The request as gRPC sends it: see [`framed`](crate::codec::framed).
        fn encode(request: &Self::Request) -> Bytes;

        /// Last changes and checks before the request goes out.
        fn prepare(
            _request: &mut Self::Request,
            _credentials: Option<&Credentials>,
        ) -> Result<(), Error> {
            Ok(())
        }

        /// Whether repeating this request is harmless.
        fn is_idempotent(_request: &Self::Request) -> bool {
            Self::RPC.is_idempotent()
        }

        /// What others may see of this call.
        fn trace(_request: &Self::Request) -> Trace {
            Trace::none()
        }

        /// Whether the answer says that nothing was changed, because it had been before.
        fn is_duplicate(_output: &Self::Output) -> bool {
            false
        }

        /// What an answer means; it may be a refusal.
        fn accept(client: &Client, response: Self::Response) -> Result<Self::Output, Error>;

        /// The session and message that a refusal of this request is about.
        fn subject(_request: &Self::Request) -> (&str, &str) {
            ("", "")
        }
    }
}
