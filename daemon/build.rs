//! Makes sure that there is a web app to embed, and compresses the description of the interface.
//!
//! rust-embed reads `web/dist` at compile time. Without Node, or before the first `make web`, the
//! folder is missing; a page that says so takes its place, and is never written over a real build.

use std::fs::{self, File};
use std::path::Path;
use std::{env, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Hearth</title>\
<p>The web app is not built: run <code>make web</code> and build again.</p>\n";

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let dist = Path::new(&manifest).join("../web/dist");
    let index = dist.join("index.html");
    if !index.exists() {
        fs::create_dir_all(&dist)?;
        fs::write(&index, PLACEHOLDER)?;
    }
    compress_description(Path::new(&manifest))?;
    // Without this the embedded files would be those of an earlier build.
    println!("cargo::rerun-if-changed={}", dist.display());
    Ok(())
}

/// `docs/openapi.json`, the golden file, as `openapi.json.gz`.
fn compress_description(manifest: &Path) -> io::Result<()> {
    let description = manifest.join("../docs/openapi.json");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let packed = File::create(Path::new(&out).join("openapi.json.gz"))?;
    let mut packed = GzEncoder::new(packed, Compression::best());
    io::copy(&mut File::open(&description)?, &mut packed)?;
    packed.finish()?;
    println!("cargo::rerun-if-changed={}", description.display());
    Ok(())
}
