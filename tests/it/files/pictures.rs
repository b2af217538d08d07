//! Pictures: smaller forms, nothing of the camera's, and hostile ones.

use image::ImageFormat;

use super::{encoded, picture};
use crate::support::Office;

const SECRET: &[u8] = b"GPS 31.2304 N 121.4737 E";

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

/// A JPEG as a phone writes it: lying on its side, with where it was taken, and with more behind its end.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let plain = encoded(width, height, ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend(SECRET);
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&plain[2..]);
    bytes.extend(SECRET);
    bytes
}

#[tokio::test]
async fn a_photo_is_upright_small_enough_and_tells_nothing() {
    let office = Office::open().await;
    let olga = &office.owner;
    let original = photo(3_000, 2_000);
    assert!(has_secret(&original));
    let file = olga.upload("IMG_0001.JPG", "image/jpeg", &original).await;
    assert_eq!(file["kind"], "picture");
    assert_eq!(file["pixels"], serde_json::json!({"width": 2_000, "height": 3_000}));
    olga.share(&office.lobby, "", &[&file]).await;
    for (form, edge) in [("/thumbnail", 800), ("/preview", 2_400), ("", 3_000)] {
        let reply = olga.open(&file, form).await;
        assert_eq!(reply.status, 200, "{form}");
        assert!(!has_secret(&reply.bytes), "{form}");
        assert_eq!(reply.header("content-type"), "image/jpeg");
        let shown = image::load_from_memory(&reply.bytes).unwrap();
        assert_eq!(shown.width().max(shown.height()), edge, "{form}");
        if !form.is_empty() {
            assert!(shown.height() > shown.width(), "{form} is upright");
        }
    }
    // Nowhere in the data folder, whatever it is called there.
    let mut folders = vec![office.data().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                assert!(!has_secret(&std::fs::read(&path).unwrap()), "{}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn every_format_has_its_first_frame() {
    let office = Office::open().await;
    let olga = &office.owner;
    for (name, format, media_type) in [
        ("a.jpg", ImageFormat::Jpeg, "image/jpeg"),
        ("a.png", ImageFormat::Png, "image/png"),
        ("a.webp", ImageFormat::WebP, "image/webp"),
        ("a.gif", ImageFormat::Gif, "image/gif"),
    ] {
        // The name and the declared type lie; the content does not.
        let file = olga.upload(name, "video/mp4", &encoded(1_000, 500, format)).await;
        assert_eq!(file["media_type"], media_type);
        assert_eq!(file["pixels"]["width"], 1_000);
        let reply = olga.open(&file, "/thumbnail").await;
        let shown = image::load_from_memory(&reply.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), (800, 400), "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_shown_is_a_file_like_any_other() {
    let office = Office::open().await;
    let olga = &office.owner;
    let mut bomb = picture(8, 8);
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let mut cut = picture(300, 200);
    cut.truncate(cut.len() / 2);
    let gifar = [b"GIF89a".as_slice(), b"<script>alert(1)</script>"].concat();
    let huge = [picture(8, 8), vec![0; 33 << 20]].concat();
    let cases: [(&str, &[u8]); 4] =
        [("bomb.png", &bomb), ("cut.png", &cut), ("gifar.gif", &gifar), ("huge.png", &huge)];
    for (name, content) in cases {
        let file = olga.upload(name, "image/png", content).await;
        assert_eq!(
            (&file["kind"], &file["media_type"]),
            (&"other".into(), &"application/octet-stream".into()),
            "{name}"
        );
        assert!(file.get("pixels").is_none());
        olga.open(&file, "/thumbnail").await.refused(404, "not_found");
        let reply = olga.open(&file, "").await;
        assert!(reply.header("content-disposition").starts_with("attachment"), "{name}");
        assert_eq!(reply.bytes, content, "{name} can be taken away as it came");
    }
}

#[tokio::test]
async fn a_polyglot_loses_its_second_half() {
    let office = Office::open().await;
    let mut both = encoded(40, 20, ImageFormat::Jpeg);
    both.extend(b"PK\x03\x04<html><script>alert(1)</script>");
    let file = office.owner.upload("holiday.jpg.html", "text/html", &both).await;
    assert_eq!(file["media_type"], "image/jpeg");
    let shown = office.owner.open(&file, "").await;
    assert!(!shown.bytes.windows(8).any(|part| part == b"<script>"));
}
