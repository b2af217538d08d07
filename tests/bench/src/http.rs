//! One JSON request at a time over the real HTTP interface. Only the office's setting-up and the
//! reading back go this way, so each request has a connection of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN, SET_COOKIE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const SESSION_COOKIE: &str = "hearth_session=";

/// Where a server listens, always on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) port: u16,
}

impl Door {
    /// The address to connect to.
    pub(crate) fn address(self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The `Host` header.
    pub(crate) fn host(self) -> String {
        self.address().to_string()
    }

    /// The status of a request without body or session.
    pub(crate) async fn status(self, path: &str) -> Result<StatusCode> {
        let request = self.request(Method::GET, path, None)?.body(Full::default())?;
        Ok(self.exchange(request).await?.status())
    }

    /// Asks for something under `/api/v1`.
    pub(crate) async fn get<T: DeserializeOwned>(self, path: &str, token: &str) -> Result<T> {
        let request = self.request(Method::GET, &api(path), Some(token))?.body(Full::default())?;
        let response = self.exchange(request).await?;
        read(path, &response)
    }

    /// Posts something under `/api/v1`.
    pub(crate) async fn post<T: DeserializeOwned>(
        self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<T> {
        self.send(Method::POST, path, token, body).await
    }

    /// Changes something under `/api/v1`.
    pub(crate) async fn patch<T: DeserializeOwned>(
        self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<T> {
        self.send(Method::PATCH, path, token, body).await
    }

    async fn send<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<T> {
        let request = self.request(method, &api(path), Some(token))?;
        let response = self.exchange(json(request, body)?).await?;
        read(path, &response)
    }

    /// Posts what starts a session; the answer's cookie holds the token.
    pub(crate) async fn post_for_session<T: DeserializeOwned>(
        self,
        path: &str,
        body: &Value,
    ) -> Result<(T, String)> {
        let request = self.request(Method::POST, &api(path), None)?;
        let response = self.exchange(json(request, body)?).await?;
        let answer = read(path, &response)?;
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let token = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.strip_prefix(SESSION_COOKIE))
            .find_map(|rest| rest.split(';').next());
        Ok((answer, token.with_context(|| format!("{path} set no session cookie"))?.to_owned()))
    }

    fn request(
        self,
        method: Method,
        path: &str,
        token: Option<&str>,
    ) -> Result<hyper::http::request::Builder> {
        let host = self.host();
        let builder = Request::builder().method(method).uri(path).header(HOST, &host);
        Ok(match token {
            Some(token) => builder.header(AUTHORIZATION, format!("Bearer {token}")),
            None => builder.header(ORIGIN, format!("http://{host}")),
        })
    }

    async fn exchange(self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>> {
        tokio::time::timeout(REQUEST_TIMEOUT, async {
            let stream = TcpStream::connect(self.address()).await?;
            stream.set_nodelay(true)?;
            let io = TokioIo::new(stream);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
            let answer = async move {
                let (head, body) = sender.send_request(request).await?.into_parts();
                let body = body.collect().await?.to_bytes();
                // The connection ends once nobody can send on it any more.
                drop(sender);
                Ok::<_, hyper::Error>(Response::from_parts(head, body))
            };
            let (answer, ()) = tokio::try_join!(answer, connection)?;
            Ok(answer)
        })
        .await
        .context("no answer in time")?
    }
}

fn api(path: &str) -> String {
    format!("/api/v1{path}")
}

fn json(request: hyper::http::request::Builder, body: &Value) -> Result<Request<Full<Bytes>>> {
    let body = Full::new(Bytes::from(serde_json::to_vec(body)?));
    Ok(request.header(CONTENT_TYPE, "application/json").body(body)?)
}

fn read<T: DeserializeOwned>(path: &str, response: &Response<Bytes>) -> Result<T> {
    let body = response.body();
    if !response.status().is_success() {
        bail!("{path} answered {}: {}", response.status(), String::from_utf8_lossy(body));
    }
    serde_json::from_slice(body).with_context(|| format!("{path} answered something else"))
}
