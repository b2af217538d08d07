//! As much of WebSocket (RFC 6455) as a load client needs.
//!
//! Incoming frames are found by their length and handed on as slices of the read buffer, without a
//! copy; only a frame that arrives in pieces is collected. A socket at rest owns no buffer, so that
//! 18,000 of them cost the client next to nothing. Fragmented messages are refused: Hearth sends
//! none.

/// A text frame.
pub(crate) const TEXT: u8 = 1;
/// The end of a socket.
pub(crate) const CLOSE: u8 = 8;
/// A question whether the other end lives.
pub(crate) const PING: u8 = 9;
/// The answer to it.
pub(crate) const PONG: u8 = 10;

/// A longer frame means that the stream is out of step.
pub(crate) const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A frame of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) payload: &'a [u8],
}

/// Why a stream can't be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Fragmented,
    Masked,
    TooLong,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fragmented => "the server sent a fragmented message",
            Self::Masked => "the server sent a masked frame",
            Self::TooLong => "the server sent a frame beyond any limit",
        })
    }
}

impl std::error::Error for Broken {}

/// Finds frames in a stream of reads.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    pending: Vec<u8>,
}

impl Parser {
    /// Hands on each frame that is complete now and keeps the rest for the next read.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Frame<'_>),
    ) -> Result<(), Broken> {
        if self.pending.is_empty() {
            let used = split(bytes, &mut each)?;
            self.pending.extend_from_slice(&bytes[used..]);
        } else {
            self.pending.extend_from_slice(bytes);
            let used = split(&self.pending, &mut each)?;
            if used == self.pending.len() {
                self.pending = Vec::new();
            } else {
                self.pending.drain(..used);
            }
        }
        Ok(())
    }
}

/// Hands on every whole frame and says how many bytes they took.
fn split(bytes: &[u8], each: &mut impl FnMut(Frame<'_>)) -> Result<usize, Broken> {
    let mut used = 0;
    while let Some((start, end)) = bounds(&bytes[used..])? {
        let frame = &bytes[used..used + end];
        each(Frame { opcode: frame[0] & 0x0f, payload: &frame[start..] });
        used += end;
    }
    Ok(used)
}

/// Where the payload of the first frame starts and ends, if it is whole.
fn bounds(bytes: &[u8]) -> Result<Option<(usize, usize)>, Broken> {
    let &[first, second, ref rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & 0x80 == 0 {
        return Err(Broken::Fragmented);
    }
    if second & 0x80 != 0 {
        return Err(Broken::Masked);
    }
    let (start, length) = match (second, rest) {
        (126, &[a, b, ..]) => (4, usize::from(u16::from_be_bytes([a, b]))),
        (127, &[a, b, c, d, e, f, g, h, ..]) => {
            let length = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            (10, usize::try_from(length).map_err(|_| Broken::TooLong)?)
        }
        (126 | 127, _) => return Ok(None),
        (short, _) => (2, usize::from(short)),
    };
    if length > FRAME_BYTES_MAX {
        return Err(Broken::TooLong);
    }
    let end = start + length;
    Ok((bytes.len() >= end).then_some((start, end)))
}

/// Appends a masked frame, as a client must send it.
pub(crate) fn encode(out: &mut Vec<u8>, opcode: u8, payload: &[u8], mask: [u8; 4]) {
    out.push(0x80 | opcode);
    push_length(out, 0x80, payload.len());
    out.extend_from_slice(&mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
}

/// Appends an unmasked frame, as a server must send it: for the stand-in server of the self-test.
pub(crate) fn encode_unmasked(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    push_length(out, 0, payload.len());
    out.extend_from_slice(payload);
}

fn push_length(out: &mut Vec<u8>, mask_bit: u8, length: usize) {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => out.push(mask_bit | short),
        (_, Ok(medium)) => {
            out.push(mask_bit | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(mask_bit | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Takes the mask off a client's frame in place, for the stand-in server; gives the payload and how
/// many bytes the frame took.
pub(crate) fn unmask(bytes: &mut [u8]) -> Option<(std::ops::Range<usize>, usize)> {
    let second = *bytes.get(1)?;
    let (start, length) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        // No client here sends more than a page of text.
        127 => return None,
        short => (2, usize::from(short)),
    };
    let key: [u8; 4] = bytes.get(start..start + 4)?.try_into().ok()?;
    let payload = start + 4..start + 4 + length;
    for (byte, key) in bytes.get_mut(payload.clone())?.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
    Some((payload.clone(), payload.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(lengths: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (n, length) in lengths.iter().enumerate() {
            let payload = vec![u8::try_from(n % 251).unwrap(); *length];
            encode_unmasked(&mut bytes, TEXT, &payload);
        }
        bytes
    }

    fn lengths(bytes: &[u8], piece: usize) -> Vec<usize> {
        let mut parser = Parser::default();
        let mut found = Vec::new();
        for piece in bytes.chunks(piece) {
            parser
                .feed(piece, |frame| {
                    assert_eq!(frame.opcode, TEXT);
                    let expected = u8::try_from(found.len() % 251).unwrap();
                    assert!(frame.payload.iter().all(|byte| *byte == expected));
                    found.push(frame.payload.len());
                })
                .unwrap();
        }
        assert_eq!(parser.pending.capacity(), 0, "a parser at rest owns no memory");
        found
    }

    #[test]
    fn frames_are_found_however_the_stream_is_cut() {
        let all = [0, 1, 125, 126, 127, 5_000, 65_535, 65_536, 0, 70_000, 3];
        let bytes = stream(&all);
        for piece in [1, 2, 3, 7, 64, 4_096, 65_536, bytes.len()] {
            assert_eq!(lengths(&bytes, piece), all, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_a_server_must_not_send_is_refused() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(&[0x01, 0x00], |_| ()), Err(Broken::Fragmented));
        assert_eq!(parser.feed(&[0x81, 0x80], |_| ()), Err(Broken::Masked));
        let long = [0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(parser.feed(&long, |_| ()), Err(Broken::TooLong));
    }

    #[test]
    fn masked_frames_come_back() {
        for length in [0, 5, 125, 126, 4_000] {
            let text = vec![b'x'; length];
            let mut bytes = Vec::new();
            encode(&mut bytes, TEXT, &text, [1, 2, 3, 4]);
            let whole = bytes.len();
            assert!(unmask(&mut bytes[..whole - 1].to_vec()).is_none() || length == 0);
            let (payload, used) = unmask(&mut bytes).unwrap();
            assert_eq!((used, &bytes[payload]), (whole, text.as_slice()));
        }
    }
}
