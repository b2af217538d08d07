//! Bytes on a TCP connection, for what no HTTP client would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::soon;

/// A connection that speaks whatever the test says.
#[derive(Debug)]
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("hearthd takes connections"))
    }

    /// Sends bytes; a server that has closed already is no failure.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    /// The head of the next answer, its status line first.
    pub(crate) async fn head(&mut self) -> String {
        let read = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match self.0.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            String::from_utf8_lossy(&head).into_owned()
        };
        soon("the head of an answer", read).await
    }

    /// What comes within a time, if anything does.
    pub(crate) async fn heard(&mut self, time: std::time::Duration) -> Option<String> {
        let mut bytes = vec![0; 4_096];
        match tokio::time::timeout(time, self.0.read(&mut bytes)).await {
            Ok(Ok(length)) if length > 0 => {
                Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
            }
            _ => None,
        }
    }

    /// Everything until the server closes.
    pub(crate) async fn rest(&mut self) -> String {
        let read = async {
            let mut rest = Vec::new();
            // A reset is an end as well.
            drop(self.0.read_to_end(&mut rest).await);
            String::from_utf8_lossy(&rest).into_owned()
        };
        soon("the server closes", read).await
    }
}
