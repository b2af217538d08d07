//! Hearth in a container: the image that `scripts/image` makes of the programs under test, run by podman
//! as docs/how-to/run-in-a-container.md says; what its first process does; and the manifests for
//! Kubernetes against Kubernetes' own schemas.

mod first;
mod image;
mod kubernetes;
mod podman;

use podman::{Container, Podman};
