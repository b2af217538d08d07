//! Bodies about files.

use hearth_domain::file::FileName;
use hearth_domain::id::{FileId, UserId};
use hearth_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Announces a file: `POST /uploads`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUpload {
    /// What it is called; folders and characters that deceive are taken out.
    pub name: String,
    /// How large it is.
    pub size_bytes: u64,
    /// What the device says it is. Only tells sound from film; the content decides.
    #[serde(default)]
    pub media_type: String,
}

/// A file on its way: `GET /uploads/{upload}`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadState {
    /// Its identity, which the file keeps.
    pub id: FileId,
    /// What it is called.
    pub name: FileName,
    /// How large it will be.
    pub size_bytes: u64,
    /// How much of it arrived: the next piece begins here.
    pub received_bytes: u64,
    /// When it is given up, unless more arrives.
    pub expires_at: Timestamp,
}

/// Shows an uploaded picture as one's face: `PUT /me/avatar`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvatarChange {
    /// The picture, or null for none.
    pub file: Option<FileId>,
}

/// What files and messages take of the disk: `GET /storage`, for admins.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StorageSummary {
    /// Content of files, each once however often it was shared.
    pub blobs_bytes: u64,
    /// How many different contents.
    pub blobs: u64,
    /// Of these bytes, what nothing refers to any more: it goes within a day.
    pub unused_bytes: u64,
    /// What arrived of files that are on their way.
    pub uploading_bytes: u64,
    /// The database.
    pub database_bytes: u64,
    /// What the disk has free.
    pub disk_free_bytes: u64,
    /// Largest file that people may share.
    pub file_bytes_max: u64,
    /// The largest files, largest first, at most 20.
    pub largest: Vec<LargeFile>,
    /// Who shares most, most first, at most 20.
    pub people: Vec<PersonStorage>,
}

/// One of the largest files.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LargeFile {
    /// Its identity.
    pub id: FileId,
    /// What it is called.
    pub name: FileName,
    /// How large it is.
    pub size_bytes: u64,
    /// Who uploaded it.
    pub owner: UserId,
}

/// What one person shares.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonStorage {
    /// Who.
    pub user: UserId,
    /// How much.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
}
