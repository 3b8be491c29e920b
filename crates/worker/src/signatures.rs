//! Signatures, checked by the browser: every visitor has Ed25519 already (Web Cryptography API, in Chrome since 137, Firefox
//! 129, Safari 17), where a library's arithmetic was 4.8 KB of the download. It takes its time: what is asked here is answered
//! by a later call.

use swarmfetch_content::Hash;
use swarmfetch_manifest::{PublicKey, Signatures};

use crate::acts::{Act, act_with};

/// Questions remembered, with their answers: those of a keys object and of a head with as many signatures as are looked at,
/// and as many again that strangers ask meanwhile. What falls out is asked again.
const QUESTIONS_MAX: usize = 128;

/// Length of an Ed25519 signature, in bytes.
const SIGNATURE_BYTES: usize = 64;

/// What the browser was asked, oldest first.
#[derive(Default)]
pub(crate) struct Platform {
    questions: Vec<Question>,
    asked: u32,
}

struct Question {
    number: u32,
    /// Of key, signature and message.
    hash: Hash,
    verdict: Option<bool>,
}

impl Platform {
    /// The browser answered; nothing: it could not, and is asked anew when it comes to that.
    pub(crate) fn checked(&mut self, number: u32, verdict: Option<bool>) {
        match verdict {
            None => self.questions.retain(|it| it.number != number),
            Some(_) => {
                let question = self.questions.iter_mut().find(|it| it.number == number);
                if let Some(question) = question {
                    question.verdict = verdict;
                }
            }
        }
    }
}

impl Signatures for Platform {
    fn verdict(&mut self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<bool> {
        if signature.len() != SIGNATURE_BYTES {
            return Some(false);
        }
        let claim = [&key.0[..], signature].concat();
        let hash = Hash::of(&[&claim, message].concat());
        if let Some(known) = self.questions.iter().find(|it| it.hash == hash) {
            return known.verdict;
        }
        if self.questions.len() >= QUESTIONS_MAX {
            self.questions.remove(0);
        }
        let number = self.asked;
        self.asked = number.wrapping_add(1);
        self.questions.push(Question {
            number,
            hash,
            verdict: None,
        });
        act_with(Act::Check, number.into(), &claim, message, 0.0, 0.0);
        None
    }
}
