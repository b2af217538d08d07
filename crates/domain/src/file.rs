//! Files that people share: what a message says of one, and the names they may have.
//!
//! A file is known by its id, its content by its BLAKE3 digest. What a browser is told it is comes
//! from the content ([`crate::sniff`]), never from who sent it.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use utoipa::ToSchema;

use crate::id::{ChannelId, FileId, UserId};
use crate::limits::{FILE_NAME_BYTES_MAX, FILE_NAME_GRAPHEMES_MAX, MEDIA_TYPE_BYTES_MAX};
use crate::text::{TextError, deceives};

/// A file on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// Never changes.
    pub id: FileId,
    /// What it is called.
    pub name: FileName,
    /// How large it is.
    pub size_bytes: u64,
    /// What it is, by its content.
    pub media_type: MediaType,
    /// How it is shown.
    pub kind: FileKind,
    /// Digest of its content: the name of its blob.
    pub blob: BlobHash,
    /// Of a picture, so that its place is there before it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<Pixels>,
}

/// A file that was uploaded, as far as rules need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The file.
    pub file: Attachment,
    /// Who uploaded it.
    pub owner: UserId,
    /// What it hangs on.
    pub carrier: Carrier,
}

/// What a file hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Nothing yet: only its owner sees it, and it goes by itself after a while.
    Nothing,
    /// A message in this conversation: whoever may read that may open the file.
    Message(ChannelId),
    /// Somebody's profile: everybody may see it.
    Avatar,
}

/// How large a picture is, upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pixels {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A picture that was decoded here, and so has a thumbnail.
    Picture,
    /// Played inline.
    Audio,
    /// Played inline.
    Video,
    /// Opened by the browser's own viewer, in a page of its own.
    Pdf,
    /// Plain text, which search may read.
    Text,
    /// Only to be taken away, whatever it is.
    #[serde(other)]
    Other,
}

/// The BLAKE3 digest of a file's content, 64 hexadecimal digits in JSON.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct BlobHash(pub [u8; 32]);

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct NotAHash;

impl std::fmt::Display for BlobHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl From<BlobHash> for String {
    fn from(hash: BlobHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for BlobHash {
    type Error = NotAHash;

    fn try_from(hex: String) -> Result<Self, NotAHash> {
        hex.parse()
    }
}

impl std::str::FromStr for BlobHash {
    type Err = NotAHash;

    fn from_str(hex: &str) -> Result<Self, NotAHash> {
        let is_plain = hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let hash = blake3::Hash::from_hex(hex).ok().filter(|_| is_plain).ok_or(NotAHash)?;
        Ok(Self(*hash.as_bytes()))
    }
}

/// What a file is called: one line of at most 255 graphemes, without folders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct FileName(String);

impl FileName {
    /// What a file is called when nothing is left of its name.
    const NAMELESS: &'static str = "file";

    /// Takes the name itself from whatever a device calls its file. Folders go, and so do characters
    /// that control something or show nothing: people can't see them to take them out.
    ///
    /// # Errors
    /// [`TextError::TooLong`]; a name is never cut.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let too_long = TextError::TooLong { max: FILE_NAME_GRAPHEMES_MAX };
        let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
        if last.len() > FILE_NAME_BYTES_MAX {
            return Err(too_long);
        }
        let plain: String = last.chars().filter(|c| !deceives(*c)).collect();
        let name = plain.trim().trim_end_matches('.').trim_end();
        if name.graphemes(true).take(FILE_NAME_GRAPHEMES_MAX + 1).count() > FILE_NAME_GRAPHEMES_MAX
        {
            return Err(too_long);
        }
        let name = if name.is_empty() { Self::NAMELESS } else { name };
        Ok(Self(name.to_owned()))
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, in lower case; empty without one.
    #[must_use]
    pub fn extension(&self) -> String {
        let extension = self.0.rsplit_once('.').map(|(_, extension)| extension);
        extension.unwrap_or_default().to_lowercase()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl TryFrom<String> for FileName {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

/// A media type like `image/png`. One in an event may be any: ask [`crate::sniff::is_inline`] before
/// a browser gets to see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct MediaType(std::borrow::Cow<'static, str>);

impl MediaType {
    /// Bytes that are to be taken as nothing in particular.
    pub const BYTES: Self = Self::known("application/octet-stream");

    /// One of the types this build knows.
    #[must_use]
    pub(crate) const fn known(name: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// Checks the form of a type: two tokens and a slash.
    ///
    /// # Errors
    /// [`TextError`] by what is wrong.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        if raw.len() > MEDIA_TYPE_BYTES_MAX {
            return Err(TextError::TooLong { max: MEDIA_TYPE_BYTES_MAX });
        }
        let strange = |c: &char| !c.is_ascii_alphanumeric() && !"/+-._".contains(*c);
        if let Some(c) = raw.chars().find(strange) {
            return Err(TextError::Character { code_point: c.into() });
        }
        match raw.split('/').map(str::len).collect::<Vec<_>>().as_slice() {
            [kind, name] if *kind > 0 && *name > 0 => Ok(Self(raw.to_ascii_lowercase().into())),
            _ => Err(TextError::Empty),
        }
    }

    /// The type itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0.into_owned()
    }
}

impl TryFrom<String> for MediaType {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}
