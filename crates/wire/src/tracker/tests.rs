//! Texts of the reference client and server, round trips, and descriptions as browsers make them.

use proptest::prelude::*;

use super::*;

const HASH: InfoHash = InfoHash([0xe9; 20]);
const PEER: PeerId = PeerId(*b"-WW0205-\xff\x00\x80\"\\\n123456");
const OFFER: OfferId = OfferId([0; 20]);

/// What Chromium 13x writes for a connection with one data channel (addresses changed).
pub(super) const CHROMIUM: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
a=group:BUNDLE 0\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
a=candidate:2999745851 1 udp 2113937151 b2b1b1a0-3c0e-4d3e-9a44-1d3a0c3a2f11.local 56032 typ host generation 0 network-cost 999\r\n\
a=candidate:842163049 1 udp 1677729535 203.0.113.7 56032 typ srflx raddr 0.0.0.0 rport 0 generation 0 network-cost 999\r\n\
a=ice-ufrag:7sFv\r\na=ice-pwd:dGmA8yzDLHbVrfXVUjXH+/Qa\r\na=ice-options:trickle\r\n\
a=fingerprint:sha-256 5E:FA:C5:40:F4:7B:16:08:B5:21:E9:7F:2A:55:B7:84:31:64:70:85:03:6B:36:E2:57:D4:1F:A0:17:A8:9E:16\r\n\
a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

/// What Firefox 14x writes: fingerprint and options on the session, a TCP candidate, an answer.
const FIREFOX: &str = "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 7434926416921434386 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
a=fingerprint:sha-256 0A:FA:C5:40:F4:7B:16:08:B5:21:E9:7F:2A:55:B7:84:31:64:70:85:03:6B:36:E2:57:D4:1F:A0:17:A8:9E:16\r\n\
a=group:BUNDLE 0\r\na=ice-options:trickle\r\na=msid-semantic:WMS *\r\n\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
a=candidate:0 1 UDP 2122252543 2001:db8::17 43210 typ host\r\n\
a=candidate:1 1 TCP 2105524479 192.168.1.4 9 typ host tcptype active\r\n\
a=candidate:2 1 UDP 1686052863 198.51.100.9 43210 typ srflx raddr 192.168.1.4 rport 43210\r\n\
a=sendrecv\r\na=end-of-candidates\r\na=ice-pwd:2cb1a0f3f6ea4dd0f1b9a3e6dd2b7a55\r\na=ice-ufrag:8a1f2c3d\r\n\
a=mid:0\r\na=setup:active\r\na=sctp-port:5000\r\na=max-message-size:1073741823\r\n";

#[test]
fn reads_the_reference_clients_announce() {
    // `bittorrent-tracker` 11.2 `lib/client/websocket-tracker.js`, written by JSON.stringify.
    let id = "\u{e9}".repeat(20);
    let text = format!(
        r#"{{"numwant":2,"uploaded":0,"downloaded":0,"left":null,"event":"started","action":"announce","info_hash":"{id}",
        "peer_id":"-WW0205-ÿ\u0000\u0080\"\\\n123456","offers":[{{"offer":{{"type":"offer","sdp":"v=0\r\n","extra":[1]}},
        "offer_id":"{}"}}],"trackerid":"x","nested":{{"a":[{{}}]}}}}"#,
        "\\u0000".repeat(20)
    );
    let Ok(Request::Announce(announce)) = Request::parse(&text) else {
        panic!("{:?}", Request::parse(&text))
    };
    assert_eq!((announce.info_hash, announce.peer_id), (HASH, PEER));
    assert_eq!(
        (announce.event, announce.left, announce.ours),
        (Event::Started, None, false)
    );
    assert_eq!(announce.offers.len(), 1);
    assert_eq!(
        (announce.offers[0].offer_id, announce.offers[0].to_peer_id),
        (OFFER, None)
    );
    // Handed on as it came, extra members included.
    let handed_on = Response::Offer(Introduction {
        info_hash: HASH,
        peer_id: PEER,
        offer_id: OFFER,
        session: announce.offers[0].session.clone(),
        ours: false,
        directed: false,
    });
    assert!(
        handed_on
            .to_text()
            .contains(r#""offer":{"type":"offer","sdp":"v=0\r\n","extra":[1]}"#)
    );
}

#[test]
fn reads_what_foreign_trackers_answer() {
    let id = "é".repeat(20);
    // bittorrent-tracker; aquatic_ws writes the same members; wt-tracker too, in another order.
    let text = format!(
        r#"{{"complete":1,"incomplete":3,"action":"announce","info_hash":"{id}","interval":120}}"#
    );
    let announced = Announced {
        info_hash: HASH,
        interval_secs: 120,
        complete: 1,
        incomplete: 3,
        ours: false,
    };
    assert_eq!(Response::parse(&text), Ok(Response::Announced(announced)));
    let text =
        format!(r#"{{"action":"announce","failure reason":"invalid event","info_hash":"{id}"}}"#);
    let failure = Failure {
        info_hash: Some(HASH),
        reason: "invalid event".into(),
    };
    assert_eq!(Response::parse(&text), Ok(Response::Failure(failure)));
    let failure = Failure {
        info_hash: None,
        reason: "no".into(),
    };
    assert_eq!(
        Response::parse(r#"{"failure reason":"no"}"#),
        Ok(Response::Failure(failure))
    );
}

#[test]
fn scrapes_read_one_many_and_no_hashes() {
    let id = "é".repeat(20);
    for (value, count) in [
        (format!("\"{id}\""), 1),
        (format!("[\"{id}\",\"{id}\"]"), 2),
        ("null".into(), 0),
    ] {
        let text = format!(r#"{{"action":"scrape","info_hash":{value}}}"#);
        assert_eq!(
            Request::parse(&text),
            Ok(Request::Scrape(vec![HASH; count]))
        );
    }
    let many = format!("\"{id}\",").repeat(SCRAPE_HASHES_MAX) + &format!("\"{id}\"");
    let text = format!(r#"{{"action":"scrape","info_hash":[{many}]}}"#);
    assert_eq!(
        Request::parse(&text),
        Ok(Request::Scrape(vec![HASH; SCRAPE_HASHES_MAX]))
    );
    let scraped = Response::Scraped(vec![Scraped {
        info_hash: HASH,
        complete: 2,
        incomplete: 5,
    }])
    .to_text();
    assert_eq!(
        scraped,
        format!(
            r#"{{"action":"scrape","files":{{"{id}":{{"complete":2,"incomplete":5,"downloaded":2}}}}}}"#
        )
    );
}

#[test]
fn refuses_malformed_requests_by_name() {
    let id = "é".repeat(20);
    let head = format!(r#""action":"announce","info_hash":"{id}""#);
    let with_peer = format!(r#"{head},"peer_id":"{id}""#);
    for (text, error) in [
        ("{}".to_owned(), MessageError::Invalid { key: "action" }),
        (
            r#"{"action":"connect"}"#.to_owned(),
            MessageError::Invalid { key: "action" },
        ),
        (
            r#"{"action":"announce"}"#.to_owned(),
            MessageError::Missing { key: "info_hash" },
        ),
        (
            r#"{"action":"announce","info_hash":"short"}"#.to_owned(),
            MessageError::Invalid { key: "info_hash" },
        ),
        (
            format!(r#"{{"action":"announce","info_hash":"{id}x"}}"#),
            MessageError::Invalid { key: "info_hash" },
        ),
        (
            format!(
                r#"{{"action":"announce","info_hash":"{}"}}"#,
                "\u{100}".repeat(20)
            ),
            MessageError::Invalid { key: "info_hash" },
        ),
        (
            format!(r#"{{"action":"announce","info_hash":["{id}","{id}"]}}"#),
            MessageError::Missing { key: "info_hash" },
        ),
        (
            format!("{{{head}}}"),
            MessageError::Missing { key: "peer_id" },
        ),
        (
            format!(r#"{{{head},"peer_id":7}}"#),
            MessageError::Invalid { key: "peer_id" },
        ),
        (
            format!(r#"{{{with_peer},"event":"gone"}}"#),
            MessageError::Invalid { key: "event" },
        ),
        (
            format!(r#"{{{with_peer},"answer":{{}}}}"#),
            MessageError::Missing { key: "to_peer_id" },
        ),
        (
            format!(r#"{{{with_peer},"answer":{{}},"to_peer_id":"{id}"}}"#),
            MessageError::Missing { key: "offer_id" },
        ),
        (
            format!(r#"{{{with_peer},"offers":[{{"offer":"x","offer_id":"{id}"}}]}}"#),
            MessageError::Invalid { key: "offer" },
        ),
        (
            format!(r#"{{{with_peer},"offers":[{{"offer":{{}}}}]}}"#),
            MessageError::Missing { key: "offer_id" },
        ),
        (
            format!(r#"{{{with_peer},"swarmfetch":{{"protocol":1,"refused":true}}}}"#),
            MessageError::Missing { key: "offer_id" },
        ),
        ("[]".to_owned(), MessageError::Json { at: 0 }),
        (
            format!("{{{with_peer}}} x"),
            MessageError::Json {
                at: with_peer.len() + 3,
            },
        ),
        (
            " ".repeat(REQUEST_BYTES_MAX + 1),
            MessageError::TooLong {
                bytes: REQUEST_BYTES_MAX + 1,
            },
        ),
        (
            format!(
                r#"{{{with_peer},"to_peer_id":"{id}","answer":{{"sdp":"{}"}}}}"#,
                "x".repeat(SESSION_BYTES_MAX)
            ),
            MessageError::TooLong {
                bytes: SESSION_BYTES_MAX + 10,
            },
        ),
    ] {
        assert_eq!(Request::parse(&text), Err(error), "{text:.120}");
    }
}

#[test]
fn an_unknown_protocol_number_is_as_good_as_no_key() {
    let id = "é".repeat(20);
    for (marker, ours) in [
        (r#"{"protocol":1}"#, true),
        (r#"{"protocol":2}"#, false),
        ("{}", false),
        ("7", false),
        ("null", false),
    ] {
        let text = format!(
            r#"{{"action":"announce","info_hash":"{id}","peer_id":"{id}","swarmfetch":{marker}}}"#
        );
        assert!(
            matches!(Request::parse(&text), Ok(Request::Announce(announce)) if announce.ours == ours),
            "{marker}"
        );
    }
}

#[test]
fn what_an_unknown_protocol_says_of_an_offer_is_not_heard() {
    let id = "é".repeat(20);
    for (protocol, directed) in [("1", true), ("2", false)] {
        let text = format!(
            r#"{{"action":"announce","info_hash":"{id}","peer_id":"{id}","offer_id":"{id}","offer":{{}},
            "swarmfetch":{{"directed":true,"protocol":{protocol}}}}}"#
        );
        assert!(
            matches!(Response::parse(&text), Ok(Response::Offer(offer)) if offer.directed == directed),
            "{protocol}"
        );
    }
}

#[test]
fn skips_surplus_offers_and_candidates() {
    let offer = Offer {
        offer_id: OFFER,
        session: Session::new(SessionKind::Offer, "x"),
        to_peer_id: None,
    };
    let announce = Announce {
        info_hash: HASH,
        peer_id: PEER,
        event: Event::Update,
        left: None,
        offers: vec![offer; OFFERS_MAX + 3],
        ours: true,
        version: None,
    };
    let Ok(Request::Announce(read)) = Request::parse(&Request::Announce(announce).to_text()) else {
        panic!()
    };
    assert_eq!(read.offers.len(), OFFERS_MAX);
    let kind = SignalKind::Candidates(vec!["x".into(); CANDIDATES_MAX + 5]);
    let signal = Signal {
        info_hash: HASH,
        peer_id: PEER,
        to_peer_id: None,
        offer_id: OFFER,
        kind,
    };
    let Ok(Request::Signal(read)) = Request::parse(&Request::Signal(signal).to_text()) else {
        panic!()
    };
    assert_eq!(
        read.kind,
        SignalKind::Candidates(vec!["x".into(); CANDIDATES_MAX + 1])
    );
}

#[test]
fn descriptions_of_browsers_survive_reduction() {
    let chromium = Description::parse(CHROMIUM).expect("Chromium's description");
    assert_eq!(
        (chromium.setup(), chromium.candidates()),
        (Setup::ActPass, 2)
    );
    let text = chromium.clone().into_sdp();
    for kept in [
        "a=ice-ufrag:7sFv\r\n",
        "a=ice-pwd:dGmA8yzDLHbVrfXVUjXH+/Qa\r\n",
        "a=fingerprint:sha-256 5E:FA:",
        "a=max-message-size:262144\r\n",
        "b2b1b1a0-3c0e-4d3e-9a44-1d3a0c3a2f11.local 56032 typ host\r\n",
        "203.0.113.7 56032 typ srflx raddr 0.0.0.0 rport 0\r\n",
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert!(!text.contains("generation") && !text.contains("extmap"));
    assert_eq!(Description::parse(&text), Ok(chromium));

    let firefox = Description::parse(FIREFOX).expect("Firefox's description");
    assert_eq!((firefox.setup(), firefox.candidates()), (Setup::Active, 2));
    let text = firefox.clone().into_sdp();
    assert!(
        !text.contains("192.168.1.4"),
        "the address inside the network is not told"
    );
    assert!(text.contains("a=end-of-candidates\r\n"));
    assert_eq!(Description::parse(&text), Ok(firefox));
    assert!(text.len() < 800, "{}", text.len());
}

#[test]
fn malformed_descriptions_are_refused_by_line() {
    let cases: [(&str, &str, &str); 21] = [
        ("m=application", "m=audio", "m"),
        ("UDP/DTLS/SCTP", "UDP/TLS/RTP/SAVPF", "m"),
        ("a=mid:0", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0", "m"),
        (
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
            "",
            "m",
        ),
        ("a=ice-ufrag:7sFv\r\n", "", "ice-ufrag"),
        ("a=ice-ufrag:7sFv", "a=ice-ufrag:7", "ice-ufrag"),
        ("a=ice-ufrag:7sFv", "a=ice-ufrag:7s v", "ice-ufrag"),
        (
            "a=ice-ufrag:7sFv",
            "a=ice-ufrag:7sFv\r\na=ice-ufrag:8sFv",
            "ice-ufrag",
        ),
        ("a=ice-pwd:dGmA8yzDLHbVrfXVUjXH+/Qa\r\n", "", "ice-pwd"),
        ("a=ice-pwd:dGm", "a=ice-pwd:d\0m", "ice-pwd"),
        (
            "a=ice-pwd:dGmA8yzDLHbVrfXVUjXH+/Qa",
            "a=ice-pwd:dGmA8yz",
            "ice-pwd",
        ),
        ("sha-256 5E:", "sha-1 5E:", "fingerprint"),
        ("sha-256 5E:", "sha-256 5E:5E:", "fingerprint"),
        ("sha-256 5E:", "sha-256 5G:", "fingerprint"),
        ("a=setup:actpass\r\n", "", "setup"),
        ("a=setup:actpass", "a=setup:holdconn", "setup"),
        ("a=mid:0", "a=mid:0 1", "mid"),
        ("a=mid:0\r\n", "", "mid"),
        ("a=sctp-port:5000", "a=sctp-port:70000", "sctp-port"),
        ("a=sctp-port:5000", "a=sctp-port:+5", "sctp-port"),
        (
            "a=max-message-size:262144",
            "a=max-message-size:99999999999999999999",
            "max-message-size",
        ),
    ];
    for (from, to, line) in cases {
        let text = CHROMIUM.replacen(from, to, 1);
        assert_ne!(text, CHROMIUM, "{from}");
        assert_eq!(
            Description::parse(&text),
            Err(MessageError::Sdp { line }),
            "{from} -> {to}"
        );
    }
    let bomb =
        CHROMIUM.to_owned() + &"a=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\n".repeat(10_000);
    assert_eq!(
        Description::parse(&bomb),
        Err(MessageError::TooLong { bytes: bomb.len() })
    );
    let flood = CHROMIUM.to_owned() + &"a=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\n".repeat(100);
    assert_eq!(
        Description::parse(&flood).map(|read| read.candidates()),
        Ok(CANDIDATES_MAX)
    );
}

#[test]
fn candidates_are_reduced_or_refused() {
    let line = "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.17 rport 46154 generation 0 ufrag EEtu";
    let candidate = Candidate::parse(line).expect("a candidate");
    assert_eq!(
        candidate.as_str(),
        "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0"
    );
    for bad in [
        "",
        "candidate:",
        "candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active",
        "candidate:1 2 udp 1 10.0.0.1 1 typ host",
        "candidate:1 1 udp 4294967296 10.0.0.1 1 typ host",
        "candidate:1 1 udp 1 10.0.0.1 65536 typ host",
        "candidate:1 1 udp 1 10.0.0.1 1 typ token",
        "candidate:1 1 udp 1 10.0.0.1\r\na=x 1 typ host",
        "candidate:1 1 udp 1 [::1] 1 typ host",
        "candidate:1! 1 udp 1 10.0.0.1 1 typ host",
        "candidate:1  1 udp 1 10.0.0.1 1 typ host",
        &format!("candidate:1 1 udp 1 {} 1 typ host", "a".repeat(65)),
        &format!(
            "candidate:1 1 udp 1 10.0.0.1 1 typ host {}",
            "a".repeat(512)
        ),
    ] {
        assert_eq!(
            Candidate::parse(bad),
            Err(MessageError::Candidate),
            "{bad:.60}"
        );
    }
}

fn ids() -> impl Strategy<Value = (InfoHash, PeerId, OfferId)> + Clone {
    any::<([u8; 20], [u8; 20], [u8; 20])>()
        .prop_map(|(a, b, c)| (InfoHash(a), PeerId(b), OfferId(c)))
}

fn kinds() -> impl Strategy<Value = SignalKind> {
    prop_oneof![
        Just(SignalKind::Refused),
        prop::collection::vec("\\PC{0,40}", 0..=CANDIDATES_MAX).prop_map(SignalKind::Candidates),
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    let event = prop_oneof![
        Just(Event::Started),
        Just(Event::Stopped),
        Just(Event::Completed),
        Just(Event::Update)
    ];
    let offer =
        (ids(), "\\PC{0,60}", any::<bool>()).prop_map(|((_, peer, offer_id), sdp, directed)| {
            Offer {
                offer_id,
                session: Session::new(SessionKind::Offer, &sdp),
                to_peer_id: directed.then_some(peer),
            }
        });
    let offers = prop::collection::vec(offer, 0..=OFFERS_MAX);
    prop_oneof![
        (
            ids(),
            event,
            any::<[Option<u64>; 2]>(),
            offers,
            any::<bool>()
        )
            .prop_map(|(ids, event, [left, version], offers, ours)| {
                Request::Announce(Announce {
                    info_hash: ids.0,
                    peer_id: ids.1,
                    event,
                    left,
                    offers,
                    ours,
                    version: version.filter(|_| ours),
                })
            }),
        (ids(), any::<[u8; 20]>(), "\\PC{0,60}", any::<bool>()).prop_map(|(ids, to, sdp, ours)| {
            let session = Session::new(SessionKind::Answer, &sdp);
            let to_peer_id = PeerId(to);
            Request::Answer(Answer {
                info_hash: ids.0,
                peer_id: ids.1,
                to_peer_id,
                offer_id: ids.2,
                session,
                ours,
            })
        }),
        (ids(), any::<Option<[u8; 20]>>(), kinds()).prop_map(|(ids, to, kind)| {
            let to_peer_id = to.map(PeerId);
            Request::Signal(Signal {
                info_hash: ids.0,
                peer_id: ids.1,
                to_peer_id,
                offer_id: ids.2,
                kind,
            })
        }),
        prop::collection::vec(any::<[u8; 20]>().prop_map(InfoHash), 0..SCRAPE_HASHES_MAX)
            .prop_map(Request::Scrape),
    ]
}

fn responses() -> impl Strategy<Value = Response> {
    let introduction = (ids(), "\\PC{0,60}", any::<bool>(), any::<bool>())
        .prop_map(|(ids, sdp, ours, directed)| {
            let session = Session::new(SessionKind::Offer, &sdp);
            let directed = ours && directed;
            Introduction {
                info_hash: ids.0,
                peer_id: ids.1,
                offer_id: ids.2,
                session,
                ours,
                directed,
            }
        })
        .boxed();
    prop_oneof![
        (any::<[u8; 20]>(), any::<(u64, u64, u64, bool)>()).prop_map(
            |(hash, (interval_secs, complete, incomplete, ours))| {
                Response::Announced(Announced {
                    info_hash: InfoHash(hash),
                    interval_secs,
                    complete,
                    incomplete,
                    ours,
                })
            }
        ),
        (any::<[u8; 20]>(), any::<[u64; 2]>()).prop_map(|(hash, [version, peers])| {
            Response::News(News {
                info_hash: InfoHash(hash),
                version,
                peers,
            })
        }),
        introduction.clone().prop_map(Response::Offer),
        introduction.prop_map(Response::Answer),
        (ids(), kinds()).prop_map(|(ids, kind)| {
            Response::Signal(Signal {
                info_hash: ids.0,
                peer_id: ids.1,
                to_peer_id: None,
                offer_id: ids.2,
                kind,
            })
        }),
        (any::<Option<[u8; 20]>>(), "\\PC{0,60}").prop_map(|(hash, reason)| {
            Response::Failure(Failure {
                info_hash: hash.map(InfoHash),
                reason,
            })
        }),
    ]
}

proptest! {
    #[test]
    fn requests_come_back(request in requests()) {
        let text = request.to_text();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        prop_assert_eq!(Request::parse(&text), Ok(request));
    }

    #[test]
    fn responses_come_back(response in responses()) {
        let text = response.to_text();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        prop_assert_eq!(Response::parse(&text), Ok(response));
    }

    #[test]
    fn damage_never_panics(request in requests(), at: prop::sample::Index, byte in "\\PC|[\\x00-\\x1f]") {
        let mut chars: Vec<char> = request.to_text().chars().collect();
        let at = at.index(chars.len());
        chars[at] = byte.chars().next().unwrap_or('x');
        let text: String = chars.into_iter().collect();
        let _ = Request::parse(&text);
        let _ = Response::parse(&text);
    }

    #[test]
    fn damaged_descriptions_never_panic_and_never_grow_lines(at in 0usize..1400, byte in "\\PC|[\\x00-\\x1f]") {
        let mut text = CHROMIUM.to_owned();
        let at = at.min(text.len() - 1);
        text.replace_range(at..=at, &byte);
        if let Ok(read) = Description::parse(&text) {
            let written = read.clone().into_sdp();
            prop_assert!(written.lines().count() <= 16 + CANDIDATES_MAX);
            prop_assert_eq!(Description::parse(&written), Ok(read));
        }
    }
}
