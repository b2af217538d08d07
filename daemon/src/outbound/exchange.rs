//! One connection, one request, one answer.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, Version, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{
    Answer, CONNECT_TIMEOUT, Call, HEAD_BYTES_MAX, HEADERS_MAX, Limits, Method, OutboundError,
    Overlong, Target,
};

const USER_AGENT: &str = concat!("Hearth/", env!("CARGO_PKG_VERSION"));

/// Knocks at one address after the other.
pub(super) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, OutboundError> {
    let mut failure = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = error,
            Err(_) => failure = std::io::ErrorKind::TimedOut.into(),
        }
    }
    Err(OutboundError::Connect(failure))
}

/// Whom we trust: the authorities of the machine, so that an office's own counts as well.
pub(crate) fn client_config() -> std::io::Result<ClientConfig> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the machine's certificate authorities can't be read");
    }
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(std::io::Error::other(
            "this machine trusts no certificate authority; install ca-certificates",
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Puts TLS around a connection and checks the certificate against the URL's host.
pub(super) async fn secure(
    config: Arc<ClientConfig>,
    target: &Target,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, OutboundError> {
    let name = ServerName::try_from(target.host()).map_err(std::io::Error::other);
    let name = name.map_err(OutboundError::Tls)?;
    TlsConnector::from(config).connect(name, stream).await.map_err(OutboundError::Tls)
}

/// Sends the request and reads the answer.
pub(super) async fn speak<S>(
    stream: S,
    limits: &Limits,
    call: &Call,
) -> Result<Answer, OutboundError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut client = http1::Builder::new();
    client.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let (mut sender, connection) = client.handshake(TokioIo::new(stream)).await?;
    let request = request(call)?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        read(call.target.clone(), limits, response).await
    };
    // Both run here, not as a task: whoever stops waiting also closes the connection.
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        // The last bytes may still lie between the connection and the reader; a connection that
        // broke makes the reader fail by itself.
        _ = &mut connection => exchange.await,
    }
}

fn request(call: &Call) -> Result<Request<Full<Bytes>>, OutboundError> {
    let method = match call.method {
        Method::Get => hyper::Method::GET,
        Method::Post => hyper::Method::POST,
    };
    let mut request = Request::builder()
        .method(method)
        .version(Version::HTTP_11)
        .uri(call.target.path_and_query())
        .header(header::HOST, call.target.authority())
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close");
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    Ok(request.body(Full::new(call.body.clone()))?)
}

async fn read(
    target: Target,
    limits: &Limits,
    response: Response<Incoming>,
) -> Result<Answer, OutboundError> {
    let (parts, mut incoming) = response.into_parts();
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = limits.body_bytes_max - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
        match limits.overlong {
            Overlong::Refuse if data.len() > room => return Err(OutboundError::TooLong),
            Overlong::Cut if data.len() >= room => break,
            Overlong::Refuse | Overlong::Cut => {}
        }
    }
    Ok(Answer {
        target,
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.freeze(),
    })
}
