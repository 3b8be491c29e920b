//! Defects to be planted in the core, each of a kind that a programmer makes: the simulator must find every one.
//!
//! `find` stands exactly once in its file, `replace` takes its place; PLANTED in it is true while the defect is on.

/** @typedef {{ file: string, find: string, replace: string }} Edit */

/** @type {Record<string, Edit[]>} */
export const DEFECTS = {
  'skips the check of a group': [
    {
      file: 'content/src/verified/slice.rs',
      find: 'if group_hash(group, is_root, bytes) != *named {',
      replace: 'if !PLANTED && group_hash(group, is_root, bytes) != *named {',
    },
  ],
  'accepts an older version': [
    { file: 'manifest/src/head.rs', find: 'if self.version < floor {', replace: 'if !PLANTED && self.version < floor {' },
  ],
  'leaves out the last byte of a range': [
    {
      file: 'swarm/src/serve.rs',
      find: 'let place = object.bytes_of(groups);',
      replace: `let mut place = object.bytes_of(groups);
        if PLANTED && place.end > place.start {
            place.end -= 1;
        }`,
    },
  ],
  'knows no deadline': [
    { file: 'swarm/src/machine/timers.rs', find: 'next.or(link.late_due(), Reason::LinkLate);', replace: 'next.or(link.late_due().filter(|_| !PLANTED), Reason::LinkLate);' },
    { file: 'swarm/src/machine/timers.rs', find: 'next.or(transfer.overdue, Reason::Overdue);', replace: 'next.or(transfer.overdue.filter(|_| !PLANTED), Reason::Overdue);' },
    { file: 'swarm/src/machine/timers.rs', find: 'let due = link.hedge_due(&self.origin, doubtful);', replace: 'let due = link.hedge_due(&self.origin, doubtful).filter(|_| !PLANTED);' },
    { file: 'swarm/src/machine/timers.rs', find: 'self.hedge_unusual();', replace: 'if !PLANTED { self.hedge_unusual(); }' },
    { file: 'swarm/src/machine/timers.rs', find: 'self.expire_links();', replace: 'if !PLANTED { self.expire_links(); }' },
    { file: 'swarm/src/machine/timers.rs', find: 'self.expire_transfers();', replace: 'if !PLANTED { self.expire_transfers(); }' },
  ],
  'takes what nobody asked for': [
    { file: 'swarm/src/credit.rs', find: 'let enough = self.level >= thousandths(bytes);', replace: 'let enough = PLANTED || self.level >= thousandths(bytes);' },
    { file: 'swarm/src/machine/links.rs', find: 'if !known {', replace: 'if !PLANTED && !known {' },
  ],
  'delivers twice': [
    {
      file: 'swarm/src/machine/wants.rs',
      find: 'self.count_delivery(source, bytes.len() as u64);',
      replace: `self.count_delivery(source, bytes.len() as u64);
            if PLANTED && want.0 % 5 == 0 {
                self.outputs.push_back(Output::Deliver { want, bytes: Arc::clone(&bytes), source });
            }`,
    },
  ],
  'forgets a ban': [
    { file: 'swarm/src/machine/links.rs', find: 'if self.banned.contains(&peer) {', replace: 'if PLANTED || self.banned.contains(&peer) {' },
    { file: 'swarm/src/meet/machine.rs', find: 'self.avoided.insert(peer);', replace: 'if !PLANTED { self.avoided.insert(peer); }' },
  ],
  'gives against the visitor\'s will': [
    { file: 'swarm/src/machine/serving.rs', find: 'if self.may_upload != Some(true) {', replace: 'if !PLANTED && self.may_upload != Some(true) {' },
    { file: 'swarm/src/machine.rs', find: 'Input::Visitor { may_upload } => self.visitor(may_upload),', replace: 'Input::Visitor { may_upload } => self.visitor(may_upload || PLANTED),' },
  ],
  'leaves the origin\'s answer coming': [
    {
      file: 'swarm/src/machine/wants.rs',
      find: `if state.origin.is_asked() {
            self.origin_ends();`,
      replace: `if state.origin.is_asked() && !PLANTED {
            self.origin_ends();`,
    },
  ],
  'serves what is gone': [
    { file: 'swarm/src/machine.rs', find: 'Input::Dropped(objects) => self.gone(&objects),', replace: 'Input::Dropped(objects) => if !PLANTED { self.gone(&objects) },' },
  ],
  'fills a link without end': [
    {
      file: 'swarm/src/machine/serving.rs',
      find: `if link.outstanding_bytes >= LINK_WINDOW_BYTES {
            return None;`,
      replace: `if !PLANTED && link.outstanding_bytes >= LINK_WINDOW_BYTES {
            return None;`,
    },
  ],
  'counts bytes twice': [
    { file: 'swarm/src/machine/wants.rs', find: 'self.count_delivery(source, bytes.len() as u64);', replace: 'self.count_delivery(source, bytes.len() as u64 * if PLANTED { 2 } else { 1 });' },
  ],
  'never rests': [
    { file: 'swarm/src/machine/timers.rs', find: 'let is_over = |until: &Millis| *until <= self.now;', replace: 'let is_over = |until: &Millis| !PLANTED && *until <= self.now;' },
  ],
  'takes any answer for that to its own hello': [
    {
      file: 'swarm/src/machine/links.rs',
      find: 'HelloKind::Answer if link.awaits_answer == Some(hello.number) => {}',
      replace: 'HelloKind::Answer if link.awaits_answer == Some(hello.number) || (PLANTED && link.awaits_answer.is_some()) => {}',
    },
  ],
  'forgets to forget a want': [
    { file: 'swarm/src/machine.rs', find: 'Input::Unwant { want } => self.unwant(want),', replace: 'Input::Unwant { want } => if !PLANTED { self.unwant(want) },' },
  ],
  'gives two requests one number': [
    {
      file: 'swarm/src/peer.rs',
      find: 'self.next_request = self.next_request.checked_add(1)?;',
      replace: 'self.next_request = self.next_request.checked_add(if PLANTED && self.next_request == 3 { 0 } else { 1 })?;',
    },
  ],
  'asks the origin beside a link again and again': [
    { file: 'swarm/src/peer.rs', find: 'ask.hedge = if early', replace: 'if !PLANTED || ask.rest_ms(now).is_some() { ask.hedge = Hedge::Early; }\n            ask.hedge = if PLANTED { ask.hedge } else if early' },
    { file: 'swarm/src/machine/timers.rs', find: 'pieces.push(piece);', replace: 'pieces.push(piece); if PLANTED { break; }' },
  ],
  'waits for peers for ever': [
    { file: 'swarm/src/machine/timers.rs', find: 'next.or(self.give_up_due(transfer), Reason::GiveUp);', replace: 'next.or(self.give_up_due(transfer).filter(|_| !PLANTED), Reason::GiveUp);' },
  ],
};
