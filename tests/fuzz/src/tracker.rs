//! What trackers and, through them, strangers say: messages in JSON, descriptions, candidates.

use swarmfetch_wire::tracker::{
    CANDIDATES_MAX, Candidate, Description, Introduction, OFFERS_MAX, REQUEST_BYTES_MAX,
    RESPONSE_BYTES_MAX, Request, Response, Session,
};

/// A message, to a tracker or from one: the same text is read as both.
pub(crate) fn messages(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(request) = Request::parse(&text) {
        match &request {
            Request::Announce(announce) => {
                assert!(announce.offers.len() <= OFFERS_MAX);
                announce
                    .offers
                    .iter()
                    .for_each(|offer| session(&offer.session));
            }
            Request::Answer(answer) => session(&answer.session),
            _ => {}
        }
        let again = request.to_text();
        // Written out, control characters take more room than they may have come in.
        if again.len() <= REQUEST_BYTES_MAX {
            assert_eq!(Request::parse(&again), Ok(request), "{again}");
        }
    }
    if let Ok(response) = Response::parse(&text) {
        if let Response::Offer(introduction) | Response::Answer(introduction) = &response {
            let Introduction { session: given, .. } = introduction;
            session(given);
        }
        let again = response.to_text();
        if again.len() <= RESPONSE_BYTES_MAX {
            assert_eq!(Response::parse(&again), Ok(response), "{again}");
        }
    }
}

fn session(session: &Session) {
    if let Ok(sdp) = session.sdp() {
        description(sdp.as_bytes());
    }
}

/// A description in SDP.
pub(crate) fn description(input: &[u8]) {
    let Ok(parsed) = Description::parse(&String::from_utf8_lossy(input)) else {
        return;
    };
    assert!(parsed.candidates() <= CANDIDATES_MAX);
    let sdp = parsed.clone().into_sdp();
    has_whole_lines(&sdp);
    assert!(sdp.lines().all(|line| line.as_bytes()[1] == b'='));
    assert_eq!(Description::parse(&sdp), Ok(parsed));
}

/// A candidate line.
pub(crate) fn candidate(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(candidate) = Candidate::parse(&text) {
        let is_plain = |char: char| char.is_ascii_graphic() || char == ' ';
        assert!(candidate.as_str().chars().all(is_plain));
        assert_eq!(Candidate::parse(candidate.as_str()), Ok(candidate));
    }
}

/// Nothing that a browser might take for the end of a line, but the ends of lines.
fn has_whole_lines(sdp: &str) {
    for line in sdp.split_terminator("\r\n") {
        let is_plain = |char: char| char.is_ascii_graphic() || char == ' ';
        assert!(line.len() > 2 && line.chars().all(is_plain), "{line:?}");
    }
    assert!(sdp.ends_with("\r\n"));
}
