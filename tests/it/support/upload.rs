//! Files as a client sends them: announced, in pieces, completed.

use serde_json::{Value, json};

use super::{Call, Person, Reply, Said, nonce};

impl Person {
    /// Announces a file; gives the name of its upload.
    pub(crate) async fn announce(&self, name: &str, size: usize, media_type: &str) -> Reply {
        let body = json!({"name": name, "size_bytes": size, "media_type": media_type});
        self.send(self.call("POST", "/uploads").json(&body)).await
    }

    /// A piece of a file.
    pub(crate) fn piece(&self, upload: &str, offset: usize, bytes: &[u8]) -> Call {
        let call = self.call("PATCH", &format!("/uploads/{upload}")).bytes(bytes.to_vec());
        call.header("content-type", "application/octet-stream")
            .header("upload-offset", &offset.to_string())
    }

    /// Sends a piece.
    pub(crate) async fn append(&self, upload: &str, offset: usize, bytes: &[u8]) -> Reply {
        self.send(self.piece(upload, offset, bytes)).await
    }

    pub(crate) async fn complete(&self, upload: &str) -> Reply {
        self.send(self.call("POST", &format!("/uploads/{upload}/complete"))).await
    }

    /// Uploads a whole file; gives what a message will say of it.
    pub(crate) async fn upload(&self, name: &str, media_type: &str, bytes: &[u8]) -> Value {
        let upload = self.announce(name, bytes.len(), media_type).await.ok();
        let upload = upload["id"].as_str().expect("an upload").to_owned();
        if !bytes.is_empty() {
            self.append(&upload, 0, bytes).await.ok();
        }
        self.complete(&upload).await.ok()
    }

    /// Writes a message with files.
    pub(crate) async fn share(&self, channel: &str, text: &str, files: &[&Value]) -> Said {
        let files: Vec<&Value> = files.iter().map(|file| &file["id"]).collect();
        let body = json!({"nonce": nonce(), "text": text, "files": files});
        self.post_message(channel, &body).await
    }

    /// Opens a file, or one of its forms.
    pub(crate) async fn open(&self, file: &Value, form: &str) -> Reply {
        let id = file["id"].as_str().expect("a file");
        self.call("GET", &format!("/files/{id}{form}")).send(self.door.address()).await
    }
}
