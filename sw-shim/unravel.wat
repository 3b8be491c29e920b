;; The worker's wasm out of the strands that `ravel.mjs` makes of it, which says why. In wasm itself, because it runs once and at once: what an engine
;; has not seen before it runs ten times slower in JavaScript than this. `boot/unravel.js` calls it.
;;
;; Memory: where each strand is read next, 4 bytes each, from 0; the text, 2 bytes a character, from 0x10000; the module from 0x110000; all opcodes, a byte
;; each and 0xff at their end, from 0x210000.
;; Characters stand for numbers: 35 for zero, 0x8000 more for -1 downwards, from 0xa000 more for the lowest 12 bits of what the next one goes on with.
;; 0xffff is between strands.
(module
  (memory (export "memory") 37)
  ;; Where the next byte goes, and where the next opcode is read.
  (global $out (mut i32) (i32.const 0x210000))
  (global $ops (mut i32) (i32.const 0x210000))

  (func $put (param $byte i32)
    (i32.store8 (global.get $out) (local.get $byte))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))

  ;; Writes the opcodes that a character stands for.
  (func $expand (param $code i32)
    (local $first i32)
    (local $second i32)
    (local.set $code (i32.shl (i32.sub (local.get $code) (i32.const 35)) (i32.const 1)))
    (local.set $first (i32.load16_u (i32.add (i32.load (i32.const 20)) (local.get $code))))
    (local.set $second (i32.sub (i32.load16_u (i32.add (i32.load (i32.const 32)) (local.get $code))) (i32.const 1)))
    (if (i32.eq (local.get $second) (i32.const 34))
      (then (call $put (i32.sub (local.get $first) (i32.const 35))))
      (else
        (call $expand (local.get $first))
        (call $expand (local.get $second)))))

  ;; The next character of a strand.
  (func $next (param $strand i32) (result i32)
    (local $at i32)
    (local.set $at (i32.load (local.tee $strand (i32.shl (local.get $strand) (i32.const 2)))))
    (i32.store (local.get $strand) (i32.add (local.get $at) (i32.const 2)))
    (i32.load16_u (local.get $at)))

  (func $number (param $strand i32) (result i32)
    (local $code i32)
    (local.set $code (i32.sub (call $next (local.get $strand)) (i32.const 35)))
    (if (i32.lt_u (local.get $code) (i32.const 0x8000)) (then (return (local.get $code))))
    (if (i32.lt_u (local.get $code) (i32.const 0xa000)) (then (return (i32.sub (i32.const 0x7fff) (local.get $code)))))
    (i32.or
      (i32.sub (local.get $code) (i32.const 0xa000))
      (i32.shl (call $number (local.get $strand)) (i32.const 12))))

  ;; Writes a number as a signed LEB128, which reads as the same number where wasm has an unsigned one.
  (func $write (param $left i32)
    (loop $more
      (if (i32.gt_u (i32.add (local.get $left) (i32.const 64)) (i32.const 127))
        (then
          (call $put (i32.or (local.get $left) (i32.const 128)))
          (local.set $left (i32.shr_s (local.get $left) (i32.const 7)))
          (br $more))))
    (call $put (i32.and (local.get $left) (i32.const 127))))

  ;; Copies a number and returns it.
  (func $copy (param $strand i32) (result i32)
    (local $value i32)
    (call $write (local.tee $value (call $number (local.get $strand))))
    (local.get $value))

  (func $copies (param $strand i32) (param $count i32)
    (loop $more
      (if (i32.gt_s (local.get $count) (i32.const 0))
        (then
          (drop (call $copy (local.get $strand)))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $more)))))

  ;; Copies a strand of bytes.
  (func $bytes (param $strand i32)
    (local $byte i32)
    (loop $more
      (if (i32.ne (local.tee $byte (call $next (local.get $strand))) (i32.const 0xffff))
        (then
          (call $put (local.get $byte))
          (br $more)))))

  ;; Writes the length of what begins at `start` into the four bytes before.
  (func $close (param $start i32)
    (local $length i32)
    (local.set $length (i32.sub (global.get $out) (local.get $start)))
    (i32.store (i32.sub (local.get $start) (i32.const 4))
      (i32.or
        (i32.or
          (i32.or (i32.and (local.get $length) (i32.const 127)) (i32.const 0x808080))
          (i32.shl (i32.and (local.get $length) (i32.const 0x3f80)) (i32.const 1)))
        (i32.or
          (i32.shl (i32.and (local.get $length) (i32.const 0x1fc000)) (i32.const 2))
          (i32.shl (i32.and (local.get $length) (i32.const 0xfe00000)) (i32.const 3))))))

  ;; The opcode that so many others precede.
  (func $ahead (param $distance i32) (result i32)
    (i32.load8_u (i32.add (global.get $ops) (local.get $distance))))

  ;; Pushes it a local or a constant? 0x20 and 0x41.
  (func $pushes (param $op i32) (result i32)
    (i32.or (i32.eq (local.get $op) (i32.const 0x20)) (i32.eq (local.get $op) (i32.const 0x41))))

  ;; The strand of what pushes a local or a constant, by its consumer and how many other operands come before that; the opcode itself has been read.
  (func $operand (param $op i32) (result i32)
    (local $others i32)
    (loop $more
      (if (i32.and (i32.lt_u (local.get $others) (i32.const 2)) (call $pushes (call $ahead (local.get $others))))
        (then
          (local.set $others (i32.add (local.get $others) (i32.const 1)))
          (br $more))))
    (i32.add
      (select (i32.const 0x170) (i32.const 0x110) (i32.eq (local.get $op) (i32.const 0x20)))
      (i32.add (i32.shl (local.get $others) (i32.const 5)) (i32.shr_u (call $ahead (local.get $others)) (i32.const 3)))))

  ;; What follows the first number: that of jump tables, types of a choice, indirect calls, and what has a second opcode.
  (func $further (param $op i32) (param $first i32) (result i32)
    (if (i32.eq (local.get $op) (i32.const 0x0e)) (then (return (i32.add (local.get $first) (i32.const 1)))))
    (if (i32.eq (local.get $op) (i32.const 0x1c)) (then (return (local.get $first))))
    (if (i32.eq (local.get $op) (i32.const 0x11)) (then (return (i32.const 1))))
    (if (i32.or (i32.ne (local.get $op) (i32.const 0xfc)) (i32.lt_u (local.get $first) (i32.const 8))) (then (return (i32.const 0))))
    (i32.add
      (i32.const 1)
      (i32.and (i32.lt_u (local.get $first) (i32.const 15)) (i32.eqz (i32.and (local.get $first) (i32.const 1))))))

  ;; Is the number behind an opcode one of from..to?
  (func $within (param $op i32) (param $from i32) (param $to i32) (result i32)
    (i32.le_u (i32.sub (local.get $op) (local.get $from)) (i32.sub (local.get $to) (local.get $from))))

  ;; One instruction; by how much deeper the code behind it stands.
  (func $instruction (result i32)
    (local $op i32)
    (local $end i32)
    (local.set $op (call $ahead (i32.const 0)))
    (global.set $ops (i32.add (global.get $ops) (i32.const 1)))
    (call $put (local.get $op))
    (if (i32.eq (local.get $op) (i32.const 0x0b)) (then (return (i32.const -1))))
    ;; Blocks, by their type.
    (if (call $within (local.get $op) (i32.const 0x02) (i32.const 0x04))
      (then
        (call $copies (local.get $op) (i32.const 1))
        (return (i32.const 1))))
    ;; Accesses to memory. Their alignment is a hint, and taken by nobody.
    (if (call $within (local.get $op) (i32.const 0x28) (i32.const 0x3e))
      (then
        (call $put (i32.const 0))
        (local.set $end (call $number (local.tee $op (i32.add (i32.const 0x100) (i32.shr_u (local.get $op) (i32.const 2))))))
        ;; Of four bytes or eight each, at a multiple of four: turned by two bits.
        (call $write
          (i32.rotl
            (local.get $end)
            (i32.shl (i32.or (i32.eq (local.get $op) (i32.const 0x10a)) (i32.eq (local.get $op) (i32.const 0x10d))) (i32.const 1))))
        (return (i32.const 0))))
    (if (call $pushes (local.get $op))
      (then
        (call $copies (call $operand (local.get $op)) (i32.const 1))
        (return (i32.const 0))))
    ;; Constants of 64 bits: as bytes, in LEB128 and eight.
    (if (i32.eq (local.get $op) (i32.const 0x42))
      (then
        (loop $more
          (call $put (local.tee $end (call $number (local.get $op))))
          (br_if $more (i32.gt_u (local.get $end) (i32.const 127))))
        (return (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 0x44))
      (then
        (local.set $end (i32.add (global.get $out) (i32.const 8)))
        (loop $more
          (call $put (call $number (local.get $op)))
          (br_if $more (i32.lt_u (global.get $out) (local.get $end))))
        (return (i32.const 0))))
    (if
      (i32.or
        (i32.or
          (i32.and (call $within (local.get $op) (i32.const 0x0c) (i32.const 0x11)) (i32.ne (local.get $op) (i32.const 0x0f)))
          (i32.eq (local.get $op) (i32.const 0x1c)))
        (i32.or
          (call $within (local.get $op) (i32.const 0x21) (i32.const 0x40))
          (i32.gt_u (local.get $op) (i32.const 0xcf))))
      (then (call $copies (local.get $op) (call $further (local.get $op) (call $copy (local.get $op))))))
    (i32.const 0))

  ;; Takes a text of so many bytes apart; where the module ends.
  (func (export "unravel") (param $end i32) (result i32)
    (local $at i32)
    (local $strand i32)
    (local $code i32)
    (local $depth i32)
    (i32.store (i32.const 0) (local.tee $at (i32.const 0x10000)))
    (local.set $end (i32.add (local.get $end) (local.get $at)))
    (loop $more
      (if (i32.eq (i32.load16_u (local.get $at)) (i32.const 0xffff))
        (then (i32.store (local.tee $strand (i32.add (local.get $strand) (i32.const 4))) (i32.add (local.get $at) (i32.const 2)))))
      (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 2))) (local.get $end))))
    (loop $more
      (if (i32.ne (local.tee $code (call $next (i32.const 6))) (i32.const 0xffff))
        (then
          (call $expand (local.get $code))
          (br $more))))
    (call $put (i32.const 0xff))
    (global.set $out (i32.const 0x110000))
    ;; Up to the first function; its last eight bytes are the section's length, to be filled in, and how many functions there are.
    (call $bytes (i32.const 0))
    (local.set $code (i32.sub (global.get $out) (i32.const 4)))
    (loop $functions
      (global.set $out (local.tee $at (i32.add (global.get $out) (i32.const 4))))
      (call $copies (i32.const 7) (i32.shl (call $copy (i32.const 7)) (i32.const 1)))
      (local.set $depth (i32.const 1))
      (loop $more
        (br_if $more (local.tee $depth (i32.add (local.get $depth) (call $instruction)))))
      (call $close (local.get $at))
      (br_if $functions (i32.ne (call $ahead (i32.const 0)) (i32.const 0xff))))
    (call $close (local.get $code))
    (call $bytes (i32.const 1))
    (global.get $out)))
