//! Pictures with things in them that must not come out.

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// What a camera would write, and nobody else should read.
const SECRET: &[u8] = b"GPS 31.2304 N 121.4737 E";

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

/// Left half red, right half blue, so that turning shows.
fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([220, 30, 30]) } else { Rgb([30, 30, 220]) }
    }))
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// An EXIF block with an orientation and, in another entry, the secret.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2a\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0]);
    block.extend([0x82, 0x98, 0, 2, 0, 0, 0, SECRET.len() as u8, 0, 0, 0, 38, 0, 0, 0, 0]);
    block.extend(SECRET);
    block
}

fn jpeg_with(segments: &[(u8, Vec<u8>)], picture: &DynamicImage) -> Vec<u8> {
    let plain = encode(picture, ImageFormat::Jpeg);
    let mut bytes = plain[..2].to_vec();
    for (code, body) in segments {
        bytes.extend([0xff, *code]);
        bytes.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend(&plain[2..]);
    bytes
}

fn camera_jpeg(orientation: u8, picture: &DynamicImage) -> Vec<u8> {
    let exif = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), SECRET].concat();
    let parts = [(0xe1, exif), (0xe1, xmp), (0xed, SECRET.to_vec()), (0xfe, SECRET.to_vec())];
    let mut bytes = jpeg_with(&parts, picture);
    // A moving picture, or an archive, may follow the end.
    bytes.extend(b"PK\x03\x04");
    bytes.extend(SECRET);
    bytes
}

fn png_with(name: &[u8; 4], data: &[u8], picture: &DynamicImage) -> Vec<u8> {
    let plain = encode(picture, ImageFormat::Png);
    let mut bytes = plain[..33].to_vec();
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(name);
    bytes.extend(data);
    bytes.extend([0; 4]);
    bytes.extend(&plain[33..]);
    bytes
}

#[test]
fn nothing_a_camera_wrote_survives_in_a_jpeg_but_which_way_is_up() {
    let bytes = camera_jpeg(6, &picture(80, 40));
    assert!(has_secret(&bytes));
    let made = render(&bytes, "image/jpeg").unwrap();
    assert!(!has_secret(&made.clean));
    assert!(!made.clean.windows(2).any(|pair| pair == b"PK"), "what followed the end");
    // A quarter turn to the right: what was left is on top.
    assert_eq!(made.pixels, Pixels { width: 40, height: 80 });
    let stripped_again = jpeg::strip(&made.clean).unwrap();
    assert_eq!(stripped_again, made.clean, "nothing is left to take away");
}

#[test]
fn pixels_are_the_same_after_stripping() {
    let plain = picture(64, 48);
    let pairs = [
        (ImageFormat::Jpeg, camera_jpeg(1, &plain)),
        (ImageFormat::Png, png_with(b"tEXt", SECRET, &plain)),
        (ImageFormat::WebP, encode(&plain, ImageFormat::WebP)),
        (ImageFormat::Gif, encode(&plain, ImageFormat::Gif)),
    ];
    for (format, bytes) in pairs {
        let clean = strip(&bytes, format).unwrap();
        assert!(!has_secret(&clean), "{format:?}");
        let of = |bytes| image::load_from_memory_with_format(bytes, format).unwrap().to_rgba8();
        if format != ImageFormat::Png {
            // The text chunk of the sample has no valid checksum, which decoders may refuse.
            assert_eq!(of(&bytes), of(&clean), "{format:?}");
        }
        assert_eq!(of(&clean).dimensions(), (64, 48), "{format:?}");
    }
}

#[test]
fn a_png_loses_texts_and_keeps_its_turn() {
    let bytes = png_with(b"eXIf", &exif(3), &picture(40, 20));
    let clean = png::strip(&bytes).unwrap();
    assert!(!has_secret(&clean));
    assert!(clean.windows(4).any(|name| name == b"eXIf"));
    let upright = png_with(b"eXIf", &exif(1), &picture(40, 20));
    let clean = png::strip(&upright).unwrap();
    assert!(!clean.windows(4).any(|name| name == b"eXIf"), "upright needs no word");
}

#[test]
fn a_webp_loses_what_is_no_picture() {
    let plain = encode(&picture(40, 20), ImageFormat::WebP);
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut chunk = name.to_vec();
        chunk.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        chunk.extend(data);
        chunk.extend(std::iter::repeat_n(0, data.len() % 2));
        chunk
    };
    let extended = [0x0c, 0, 0, 0, 39, 0, 0, 19, 0, 0];
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &extended));
    body.extend(&plain[12..]);
    body.extend(chunk(b"EXIF", &exif(8)));
    body.extend(chunk(b"XMP ", SECRET));
    let mut bytes = chunk(b"RIFF", &body);
    bytes.extend(SECRET);
    let clean = webp::strip(&bytes).unwrap();
    assert!(has_secret(&bytes) && !has_secret(&clean));
    assert_eq!(u32::from_le_bytes(clean[4..8].try_into().unwrap()) as usize, clean.len() - 8);
    let made = render(&bytes, "image/webp").unwrap();
    assert_eq!(made.pixels, Pixels { width: 20, height: 40 }, "turned by its EXIF chunk");
}

#[test]
fn a_gif_loses_its_comments() {
    let plain = encode(&picture(16, 8), ImageFormat::Gif);
    let head = 13 + if plain[10] & 0x80 == 0 { 0 } else { 3 << ((plain[10] & 7) + 1) };
    let mut bytes = plain[..head].to_vec();
    bytes.extend([0x21, 0xfe, SECRET.len() as u8]);
    bytes.extend(SECRET);
    bytes.push(0);
    bytes.extend(&plain[head..]);
    bytes.extend(SECRET);
    let clean = gif::strip(&bytes).unwrap();
    assert!(has_secret(&bytes) && !has_secret(&clean));
    assert!(render(&bytes, "image/gif").unwrap().thumbnail.is_some(), "a first frame to show");
}

#[test]
fn large_pictures_get_smaller_forms() {
    let made = render(&encode(&picture(3_000, 1_500), ImageFormat::Jpeg), "image/jpeg").unwrap();
    let size = |made: &Encoded| {
        let picture = image::load_from_memory(&made.bytes).unwrap();
        (picture.width(), picture.height())
    };
    assert_eq!(made.pixels, Pixels { width: 3_000, height: 1_500 });
    assert_eq!(made.preview.as_ref().map(size), Some((2_400, 1_200)));
    assert_eq!(made.thumbnail.as_ref().map(size), Some((800, 400)));
    let small = render(&encode(&picture(80, 40), ImageFormat::Png), "image/png").unwrap();
    assert!(small.preview.is_none() && small.thumbnail.is_none());
}

#[test]
fn what_shows_through_stays_so() {
    let veil = RgbaImage::from_pixel(1_000, 500, Rgba([200, 100, 50, 120]));
    let bytes = encode(&DynamicImage::ImageRgba8(veil), ImageFormat::Png);
    let thumbnail = render(&bytes, "image/png").unwrap().thumbnail.unwrap();
    assert_eq!(thumbnail.media_type, "image/webp");
    let shown = image::load_from_memory(&thumbnail.bytes).unwrap().to_rgba8();
    assert_eq!(shown.get_pixel(10, 10).0[3], 120);
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    // One row of nothing that says it is 50,000 pixels wide and high.
    let mut bytes = encode(&picture(8, 8), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    assert!(render(&bytes, "image/png").is_err());
    let mut many_scans = encode(&picture(8, 8), ImageFormat::Jpeg);
    many_scans.truncate(many_scans.len() - 2);
    let scan = many_scans.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let again = many_scans[scan..].to_vec();
    for _ in 0..200 {
        many_scans.extend(&again);
    }
    assert!(matches!(render(&many_scans, "image/jpeg"), Err(PictureError::Malformed)));
}

#[test]
fn broken_pictures_are_refused_and_never_panic() {
    for (format, name) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
    ] {
        let whole = encode(&picture(24, 16), format);
        for cut in 0..whole.len() {
            // Some are shown as far as they go; none takes the process down.
            drop(render(&whole[..cut], name));
        }
        for at in (0..whole.len()).step_by(3) {
            let mut bent = whole.clone();
            bent[at] ^= 0xff;
            drop(render(&bent, name));
        }
        assert!(render(&whole[..20], name).is_err(), "{name}");
    }
    assert!(render(b"GIF89a", "text/html").is_err());
    assert!(Orientation::from_exif(9).is_none());
}
