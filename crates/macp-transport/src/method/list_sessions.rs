//! The sessions that the runtime holds.

use super::rpc;
use crate::call::Call;
use crate::call::sealed::Unary;
use crate::client::Client;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::session::{SessionMetadata, SessionPage};
use futures_core::Stream;
use macp_proto::v1;
use std::collections::VecDeque;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl Client {
    /// Fetches one page of the sessions that the runtime holds, in ascending order of their ids:
    /// everybody's, whatever their state.
    ///
    /// To read them all, use [`sessions`](Self::sessions).
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` for a page token that the runtime does not know.
    pub fn list_sessions(&self) -> Call<ListSessions> {
        Call::new(self, v1::ListSessionsRequest::default())
    }

    /// Reads all sessions that the runtime holds, page by page, in ascending order of their ids.
    pub fn sessions(&self) -> Sessions {
        self.sessions_from(String::new())
    }

    /// Goes on reading all sessions at a page token: that of a [`SessionPage`], or of a
    /// [`Sessions`] that was left early.
    pub fn sessions_from(&self, page_token: impl Into<String>) -> Sessions {
        Sessions {
            client: self.clone(),
            page_size: 0,
            ready: VecDeque::new(),
            next: Some(page_token.into()),
            fetching: None,
        }
    }
}

/// [`Client::list_sessions`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ListSessions;

impl Unary for ListSessions {
    rpc!(ListSessions: ListSessionsRequest -> ListSessionsResponse);
    type Output = SessionPage;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.into())
    }
}

impl Call<ListSessions> {
    /// At most this many sessions; the runtime takes 100 for 0 and caps it at a limit of its own,
    /// usually 1000.
    pub fn page_size(mut self, sessions: u16) -> Self {
        self.request.page_size = sessions.into();
        self
    }

    /// The page that follows the one this token came with.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.request.page_token = token.into();
        self
    }
}

type Fetch = <Call<ListSessions> as IntoFuture>::IntoFuture;

/// All sessions that the runtime holds, as a stream: [`Client::sessions`].
///
/// It fetches a page when the one before is used up. An error leaves it where it was: polled
/// again, it asks for the same page again. Dropping it loses nothing that
/// [`page_token`](Self::page_token) does not tell.
#[must_use = "a stream does nothing until it is polled"]
pub struct Sessions {
    client: Client,
    page_size: u16,
    ready: VecDeque<SessionMetadata>,
    /// The token of the page to fetch; none after the last page.
    next: Option<String>,
    fetching: Option<Fetch>,
}

impl Sessions {
    /// Asks for pages of this many sessions; see [`Call::page_size`].
    pub fn page_size(mut self, sessions: u16) -> Self {
        self.page_size = sessions;
        self
    }

    /// Where [`Client::sessions_from`] goes on after the page that is being read: its sessions
    /// that were not taken yet are skipped. `None` on the last page.
    pub fn page_token(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn turn(&mut self, page: SessionPage) -> Result<(), Error> {
        if page.next_page_token.is_some() && page.next_page_token == self.next {
            self.next = None;
            return Err(TransportError::new(
                TransportErrorKind::Protocol,
                "the next page token is the one that was just used",
            )
            .into());
        }
        self.next = page.next_page_token;
        self.ready = page.sessions.into();
        Ok(())
    }
}

impl Stream for Sessions {
    type Item = Result<SessionMetadata, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(session) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(session)));
            }
            let Some(token) = &this.next else {
                return Poll::Ready(None);
            };
            let fetching = this.fetching.get_or_insert_with(|| {
                this.client
                    .list_sessions()
                    .page_size(this.page_size)
                    .page_token(token)
                    .into_future()
            });
            let page = ready!(fetching.as_mut().poll(cx));
            this.fetching = None;
            if let Err(error) = page.and_then(|page| this.turn(page)) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions")
            .field("page_size", &self.page_size)
            .field("ready", &self.ready.len())
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
