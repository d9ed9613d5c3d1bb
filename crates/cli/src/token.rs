//! `token`: Fernet text tokens, standard input to standard output.

use std::fs::File;
use std::io::{self, Read, Write};

use frond::fernet;
use frond::port::{Clock, Entropy};
use frond::secret::FernetKey;
use frond::text::{message, pasted};
use zeroize::Zeroizing;

use super::arguments::{Key, Token};
use super::failure::{Failure, Kind};
use super::session::{first_line, unreadable};
use crate::native::clock::SystemClock;
use crate::native::entropy::SystemEntropy;

/// Maximum length of a message or token, in bytes: a token is opened as a whole, in memory.
const LONGEST: u64 = 1 << 30;

/// Generates keys, encrypts and opens tokens.
pub(super) fn token(command: &Token) -> Result<(), Failure> {
    match command {
        Token::Key => {
            let key = FernetKey::filled(|key| SystemEntropy.fill(key)).map_err(|_| no_entropy())?;
            write(&[key.to_text().as_bytes(), b"\n"].concat())
        }
        Token::Encrypt { key } => {
            let key = key_of(key)?;
            let mut iv = [0; 16];
            SystemEntropy.fill(&mut iv).map_err(|_| no_entropy())?;
            let mut token = fernet::encrypt(&key, SystemClock.now_ms() / 1000, iv, &input()?);
            token.push('\n');
            write(token.as_bytes())
        }
        Token::Decrypt { key, ttl } => {
            let key = key_of(key)?;
            let input = input()?;
            let no_token = || Failure::new(Kind::Damaged, message::NO_TOKEN);
            let text = std::str::from_utf8(&input).map_err(|_| no_token())?;
            let text = pasted::token(text).map_err(|pasted::NoToken| no_token())?;
            let opened = match ttl {
                None => fernet::decrypt(&key, &text),
                Some(ttl) => fernet::decrypt_within(&key, &text, *ttl, SystemClock.now_ms() / 1000),
            };
            write(&Zeroizing::new(opened.map_err(|_| bad_token())?.plaintext))
        }
    }
}

fn key_of(key: &Key) -> Result<FernetKey, Failure> {
    let text = match &key.key_file {
        Some(path) => first_line(File::open(path).map_err(|error| unreadable(path, &error))?)?,
        None => Zeroizing::new(std::env::var("FROND_FERNET_KEY").map_err(|_| {
            Failure::usage(
                "There is no key. Give its file with --key-file, or set FROND_FERNET_KEY.",
            )
        })?),
    };
    FernetKey::from_text(text.trim()).map_err(|_| {
        Failure::usage(
            "This is not a Fernet key. A key has 44 characters and ends in =, like \
             those that `frond token key` makes.",
        )
    })
}

fn input() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::other(format!("Standard input could not be read: {error}.")))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST) {
        Ok(bytes)
    } else {
        Err(Failure::other(
            "The input is larger than 1 GiB, the most that one token holds. Use `frond put` for \
             larger files.",
        ))
    }
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written
        .map_err(|error| Failure::other(format!("Standard output could not be written: {error}.")))
}

fn bad_token() -> Failure {
    Failure::new(Kind::Damaged, message::BAD_TOKEN)
}

fn no_entropy() -> Failure {
    Failure::other(super::message::NO_ENTROPY)
}
