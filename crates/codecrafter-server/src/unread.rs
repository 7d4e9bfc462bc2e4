//! What a handler leaves unread of a request: taken and forgotten, so that its sender gets to read the answer, and the
//! connection can go on (RFC 9112, sections 9.3 and 9.6).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::sync::oneshot;

/// How much is taken of what nobody reads.
const DISCARDED_BYTES: usize = 128 * 1024 * 1024;
/// How long its sender may take.
const DISCARDING: Duration = Duration::from_secs(2);

/// Answers by `handler`; where that did not read all of the request, and the rest cannot be had soon, the answer says
/// that the connection ends.
pub(crate) async fn answer<Answer, E>(
    request: Request<Incoming>,
    handler: impl FnOnce(Request<Body>) -> Answer,
) -> Result<Response, E>
where
    Answer: Future<Output = Result<Response, E>>,
{
    if request.body().is_end_stream() {
        return handler(request.map(Body::new)).await;
    }
    // Such a client sends nothing before it is told to.
    let is_waiting = request.headers().contains_key(header::EXPECT);
    let (leave, mut left) = oneshot::channel();
    let request = request.map(|body| Body::new(Watched(Some((body, leave)))));
    let mut response = handler(request).await?;
    if let Ok(rest) = left.try_recv()
        && (is_waiting || !discard(rest).await)
    {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Whether all that was left could be taken, within bounds.
async fn discard(mut body: Incoming) -> bool {
    let discarding = async {
        let mut left = DISCARDED_BYTES;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(length) else {
                return false;
            };
            left = rest;
        }
        true
    };
    tokio::time::timeout(DISCARDING, discarding).await.unwrap_or(false)
}

/// A body that is handed on when it is dropped before its end.
struct Watched(Option<(Incoming, oneshot::Sender<Incoming>)>);

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Some((body, _)) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|(body, _)| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .as_ref()
            .map_or_else(SizeHint::default, |(body, _)| body.size_hint())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some((body, leave)) = self.0.take()
            && !body.is_end_stream()
        {
            // Nobody waits for it where the connection has ended.
            let _ = leave.send(body);
        }
    }
}
