//! Messages, descriptions and candidates as browsers, the reference client and our own write them.

use swarmfetch_wire::tracker::{
    Announce, Announced, Answer, Event, Failure, InfoHash, Introduction, News, Offer, OfferId,
    PeerId, Request, Response, Scraped, Session, SessionKind, Signal, SignalKind,
};

use super::Seed;

/// As Chromium writes it, with other addresses.
const CHROMIUM: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
    a=group:BUNDLE 0\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
    a=candidate:842163049 1 udp 1677729535 203.0.113.7 56032 typ srflx raddr 0.0.0.0 rport 0\r\n\
    a=ice-ufrag:7sFv\r\na=ice-pwd:dGmA8yzDLHbVrfXVUjXH+/Qa\r\na=ice-options:trickle\r\n\
    a=fingerprint:sha-256 5E:FA:C5:40:F4:7B:16:08:B5:21:E9:7F:2A:55:B7:84:31:64:70:85:03:6B:36:\
    E2:57:D4:1F:A0:17:A8:9E:16\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

/// What only some write: an end of candidates, a TCP one, options twice.
const OTHERS: &str = "v=0\no=x 1 0 IN IP4 0.0.0.0\ns=-\nt=0 0\na=setup:active\n\
    a=fingerprint:sha-256 0A:FA:C5:40:F4:7B:16:08:B5:21:E9:7F:2A:55:B7:84:31:64:70:85:03:6B:36:\
    E2:57:D4:1F:A0:17:A8:9E:16\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:data\na=mid:data\n\
    a=candidate:0 1 UDP 2122252543 2001:db8::17 43210 typ host\n\
    a=candidate:1 1 TCP 2105524479 192.168.1.4 9 typ host tcptype active\n\
    a=end-of-candidates\na=ice-pwd:2cb1a0f3f6ea4dd0f1b9a3e6dd2b7a55\na=ice-ufrag:8a1f2c3d\n";

const LINE: &str = "candidate:2999745851 1 udp 2113937151 b2b1b1a0-3c0e-4d3e-9a44-1d3a0c3a2f11.local 56032 \
    typ host generation 0 network-cost 999";

const RELAY: &str = "candidate:4 1 UDP 41885439 2001:db8::5 3478 typ relay raddr :: rport 0";

pub(super) fn seeds() -> Vec<Seed> {
    let mut seeds = vec![
        Seed::new("description", "chromium", CHROMIUM),
        Seed::new("description", "others", OTHERS),
        Seed::new("candidate", "line", LINE),
        Seed::new("candidate", "relay", RELAY),
    ];
    for (name, request) in requests() {
        seeds.push(Seed::new("tracker", name, request.to_text()));
    }
    for (name, response) in responses() {
        seeds.push(Seed::new("tracker", name, response.to_text()));
    }
    seeds.push(Seed::new(
        "tracker",
        "foreign",
        format!(
            r#"{{"numwant":2.5e0,"left":null,"event":"started","action":"announce","info_hash":"{id}",
            "peer_id":"-WW0205-\u00ff\ud83d","offers":[{{"offer":{{"sdp":"","extra":[1]}},"offer_id":"{id}"}}]}}"#,
            id = "\u{e9}".repeat(20)
        ),
    ));
    seeds
}

fn hash() -> InfoHash {
    InfoHash([0xe9; 20])
}

fn peer() -> PeerId {
    PeerId(*b"-WW0205-\xff\x00\x80\"\\\n123456")
}

fn offer_id() -> OfferId {
    OfferId([b'o'; 20])
}

fn session() -> Session {
    Session::new(SessionKind::Offer, CHROMIUM)
}

fn requests() -> [(&'static str, Request); 4] {
    let announce = Announce {
        info_hash: hash(),
        peer_id: peer(),
        event: Event::Started,
        left: Some(7),
        offers: vec![Offer {
            offer_id: offer_id(),
            session: session(),
            to_peer_id: Some(peer()),
        }],
        ours: true,
        version: Some(1_800_000_000),
    };
    let answer = Answer {
        info_hash: hash(),
        peer_id: peer(),
        to_peer_id: peer(),
        offer_id: offer_id(),
        session: session(),
        ours: true,
    };
    let signal = Signal {
        info_hash: hash(),
        peer_id: peer(),
        to_peer_id: Some(peer()),
        offer_id: offer_id(),
        kind: SignalKind::Candidates(vec![LINE.into(), String::new()]),
    };
    [
        ("announce", Request::Announce(announce)),
        ("answer", Request::Answer(answer)),
        ("signal", Request::Signal(signal)),
        ("scrape", Request::Scrape(vec![hash(), hash()])),
    ]
}

fn responses() -> [(&'static str, Response); 6] {
    let introduction = Introduction {
        info_hash: hash(),
        peer_id: peer(),
        offer_id: offer_id(),
        session: session(),
        ours: true,
        directed: true,
    };
    let announced = Announced {
        info_hash: hash(),
        interval_secs: 120,
        complete: 1,
        incomplete: 3,
        ours: true,
    };
    let refused = Signal {
        info_hash: hash(),
        peer_id: peer(),
        to_peer_id: None,
        offer_id: offer_id(),
        kind: SignalKind::Refused,
    };
    let news = News {
        info_hash: hash(),
        version: 1_800_000_000,
        peers: 3,
    };
    let scraped = Scraped {
        info_hash: hash(),
        complete: 2,
        incomplete: 5,
    };
    let failure = Failure {
        info_hash: Some(hash()),
        reason: "invalid event".into(),
    };
    [
        ("announced", Response::Announced(announced)),
        ("introduction", Response::Offer(introduction)),
        ("refused", Response::Signal(refused)),
        ("news", Response::News(news)),
        ("scraped", Response::Scraped(vec![scraped])),
        ("failure", Response::Failure(failure)),
    ]
}
