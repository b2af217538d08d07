//! Storage that speaks S3, in the cloud or on the office's own network.
//!
//! `rusty-s3` signs the addresses and knows the XML; the requests are ours, one at a time over one
//! connection that is kept. An object has its name only once it is whole, by the promise of S3. One
//! larger than a part goes up in parts of 8 MiB, which is all that is held of it in memory. What a
//! process that was killed had sent of such parts is not to be seen in the bucket; a rule of its life
//! cycle lets it go.

mod http;

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use rusty_s3::actions::{CreateMultipartUpload, ListObjectsV2, S3Action};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::Url;

use super::{Draft, Failed, Held, Place, Under};
use crate::vault::fault::NotLetIn;
use http::{Answer, Http};

/// Bytes of a part, and of the largest object that goes up in one piece.
const PART_BYTES: usize = 8 << 20;
/// Parts that S3 takes of one object.
const PARTS_MAX: usize = 10_000;
/// How long a signed address works.
const SIGNED_FOR: Duration = Duration::from_secs(600);
/// A failure that may pass is tried again after these.
const AGAIN_AFTER: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];
/// Objects of one page of a list, and pages at most.
const PAGE_OBJECTS: usize = 1_000;
const PAGES_MAX: usize = 10_000;

/// What is needed to find a bucket.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// `https://…` or `http://…`.
    pub endpoint: &'a str,
    /// Its region.
    pub region: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// What every name begins with.
    pub prefix: &'a str,
    /// Whether the bucket is part of the path.
    pub path_style: bool,
    /// The name of the key, and the key.
    pub key: (&'a str, &'a str),
}

/// A bucket.
pub struct S3 {
    inner: Arc<Inner>,
}

struct Inner {
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
    http: Http,
}

impl S3 {
    /// A bucket; nothing is asked of it yet.
    ///
    /// # Errors
    /// When the address is none, or there is no thread for connections.
    pub fn new(at: &At<'_>) -> io::Result<Self> {
        let wrong = |what: String| io::Error::new(ErrorKind::InvalidInput, what);
        let endpoint = Url::parse(at.endpoint).map_err(|error| wrong(error.to_string()))?;
        let style = if at.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let (name, region) = (at.bucket.to_owned(), at.region.to_owned());
        let bucket = Bucket::new(endpoint.clone(), style, name, region);
        let bucket = bucket.map_err(|error| wrong(error.to_string()))?;
        let mut prefix = at.prefix.trim_matches('/').to_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let credentials = Credentials::new(at.key.0, at.key.1);
        let http = Http::new(bucket.base_url())?;
        Ok(Self { inner: Arc::new(Inner { bucket, credentials, prefix, http }) })
    }
}

impl Inner {
    fn object(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Asks, and again where the failure may pass; gives what is neither that nor a refusal.
    fn ask(&self, method: &Method, url: &Url, body: &Bytes) -> io::Result<Answer> {
        let mut waits = AGAIN_AFTER.into_iter();
        loop {
            let failure = match self.http.ask(method, url, body.clone()) {
                Ok(answer) if answer.is_success() => return Ok(answer),
                Ok(answer) => {
                    let may_pass = answer.status() == 429 || answer.status() >= 500;
                    let refusal = refusal(answer);
                    if !may_pass || refusal.kind() == ErrorKind::StorageFull {
                        return Err(refusal);
                    }
                    refusal
                }
                Err(error) => error,
            };
            let Some(wait) = waits.next() else { return Err(failure) };
            tracing::debug!(error = %failure, "storage is asked again");
            std::thread::sleep(wait);
        }
    }

    fn sign<'a>(action: &impl S3Action<'a>) -> Url {
        action.sign(SIGNED_FOR)
    }

    fn put(&self, object: &str, body: &Bytes) -> io::Result<()> {
        let url = Self::sign(&self.bucket.put_object(Some(&self.credentials), object));
        self.ask(&Method::PUT, &url, body)?.finish().map(drop)
    }

    fn begin_parts(&self, object: &str) -> io::Result<String> {
        let action = self.bucket.create_multipart_upload(Some(&self.credentials), object);
        let answer = self.ask(&Method::POST, &Self::sign(&action), &Bytes::new())?;
        let text = answer.finish()?;
        let begun = CreateMultipartUpload::parse_response(&text).map_err(not_understood)?;
        Ok(begun.upload_id().to_owned())
    }

    fn put_part(
        &self,
        object: &str,
        (upload, n): (&str, usize),
        body: &Bytes,
    ) -> io::Result<String> {
        let number = u16::try_from(n).map_err(io::Error::other)?;
        let action = self.bucket.upload_part(Some(&self.credentials), object, number, upload);
        let answer = self.ask(&Method::PUT, &Self::sign(&action), body)?;
        let tag = answer.header("etag").map(str::to_owned);
        answer.finish()?;
        tag.ok_or_else(|| io::Error::other("storage took a part without naming it"))
    }

    fn join_parts(&self, object: &str, upload: &str, tags: &[String]) -> io::Result<()> {
        let tags = tags.iter().map(String::as_str);
        let action =
            self.bucket.complete_multipart_upload(Some(&self.credentials), object, upload, tags);
        let url = Self::sign(&action);
        let answer = self.ask(&Method::POST, &url, &Bytes::from(action.body()))?;
        // It may begin to answer with 200 and end with an error.
        let text = answer.finish()?;
        if text.contains("<Error>") {
            return Err(io::Error::other(format!("parts were not joined: {}", code(&text))));
        }
        Ok(())
    }

    fn give_up_parts(&self, object: &str, upload: &str) -> io::Result<()> {
        let action = self.bucket.abort_multipart_upload(Some(&self.credentials), object, upload);
        self.ask(&Method::DELETE, &Self::sign(&action), &Bytes::new())?.finish().map(drop)
    }
}

fn not_understood(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("storage answered what is not understood: {error}"))
}

/// The code in an error of S3.
fn code(text: &str) -> &str {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map_or("no code", |(code, _)| code)
}

/// What a status that is no success means.
fn refusal(answer: Answer) -> io::Error {
    let status = answer.status();
    let text = answer.finish().unwrap_or_default();
    let code = code(&text).to_owned();
    let words = format!("storage says {status} ({code})");
    if code.contains("Quota") || code.contains("StorageFull") || status == 507 {
        return io::Error::new(ErrorKind::StorageFull, words);
    }
    match status {
        401 | 403 => io::Error::new(ErrorKind::PermissionDenied, NotLetIn(words)),
        404 => io::Error::new(ErrorKind::NotFound, words),
        429 | 500.. => io::Error::new(ErrorKind::NotConnected, Failed(words)),
        _ => io::Error::other(Failed(words)),
    }
}

impl Place for S3 {
    fn list(&self, under: Under) -> io::Result<Vec<Held>> {
        let inner = &self.inner;
        let prefix = match under {
            Under::Root => inner.prefix.clone(),
            Under::Files => inner.object("files/"),
        };
        let (mut found, mut token) = (Vec::new(), None::<String>);
        for _ in 0..PAGES_MAX {
            let mut action = inner.bucket.list_objects_v2(Some(&inner.credentials));
            action.with_prefix(prefix.clone());
            action.with_max_keys(PAGE_OBJECTS);
            if under == Under::Root {
                action.with_delimiter("/");
            }
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let answer = inner.ask(&Method::GET, &Inner::sign(&action), &Bytes::new())?;
            let page = ListObjectsV2::parse_response(&answer.finish()?);
            let page = page.map_err(not_understood)?;
            for object in page.contents {
                if let Some(name) = object.key.strip_prefix(&inner.prefix) {
                    let size_bytes = object.size.unwrap_or_default();
                    found.push(Held { name: name.to_owned(), size_bytes });
                }
            }
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(io::Error::other("a list of the bucket does not end"))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Draft>> {
        let (inner, object) = (Arc::clone(&self.inner), self.inner.object(name));
        Ok(Box::new(Writing { inner, object, part: Vec::new(), upload: None, tags: Vec::new() }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        let object = self.inner.object(name);
        let action = self.inner.bucket.get_object(Some(&self.inner.credentials), &object);
        let answer = self.inner.ask(&Method::GET, &Inner::sign(&action), &Bytes::new())?;
        Ok(Box::new(answer.into_reader()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let object = self.inner.object(name);
        let action = self.inner.bucket.delete_object(Some(&self.inner.credentials), &object);
        match self.inner.ask(&Method::DELETE, &Inner::sign(&action), &Bytes::new()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            answer => answer?.finish().map(drop),
        }
    }

    fn sweep(&self) -> io::Result<()> {
        Ok(())
    }

    fn room(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

struct Writing {
    inner: Arc<Inner>,
    object: String,
    part: Vec<u8>,
    upload: Option<String>,
    tags: Vec<String>,
}

impl Writing {
    fn send_part(&mut self) -> io::Result<()> {
        let body = Bytes::from(std::mem::take(&mut self.part));
        if self.upload.is_none() {
            self.upload = Some(self.inner.begin_parts(&self.object)?);
        }
        let upload = self.upload.as_deref().unwrap_or_default();
        let number = self.tags.len() + 1;
        if number > PARTS_MAX {
            return Err(io::Error::new(ErrorKind::FileTooLarge, "more than 80 GB"));
        }
        self.tags.push(self.inner.put_part(&self.object, (upload, number), &body)?);
        Ok(())
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.part.len() == PART_BYTES {
            self.send_part()?;
        }
        let taken = bytes.len().min(PART_BYTES - self.part.len());
        self.part.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A part is sent when it is full.
        Ok(())
    }
}

impl Draft for Writing {
    fn commit(mut self: Box<Self>) -> io::Result<()> {
        if self.upload.is_none() {
            let body = Bytes::from(std::mem::take(&mut self.part));
            return self.inner.put(&self.object, &body);
        }
        self.send_part()?;
        if let Some(upload) = &self.upload {
            self.inner.join_parts(&self.object, upload, &self.tags)?;
        }
        self.upload = None;
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        if let Err(error) = self.inner.give_up_parts(&self.object, &upload) {
            tracing::warn!(%error, "parts of an object stay in the bucket, where they are not seen");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_an_error_is_found() {
        let text =
            "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>x</Message></Error>";
        assert_eq!(code(text), "NoSuchBucket");
        assert_eq!(code("<html>"), "no code");
    }

    #[test]
    fn nobody_there_is_unreachable() {
        let at = At {
            endpoint: "http://127.0.0.1:1",
            region: "here",
            bucket: "b",
            prefix: "/office/",
            path_style: true,
            key: ("key", "secret"),
        };
        let place = S3::new(&at).unwrap();
        assert_eq!(place.inner.object("x"), "office/x");
        let error = place.inner.http.ask(&Method::GET, place.inner.bucket.base_url(), Bytes::new());
        let error = error.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{error}");
        assert!(S3::new(&At { endpoint: "what", ..at }).is_err());
    }
}
