// Package wire is the byte level of Baostock's TCP protocol, for both ends of
// the connection: the client in sources/baostock and the fake exchange in
// sources/simulator.
//
// A connection is one session of strict request and answer. A request is
//
//	header(21) body 0x01 CRC \n
//
// and an answer is one of
//
//	header(21) body 0x01 CRC <![CDATA[]]>\n          most types
//	header(21) Z    0x01 CRC \n<![CDATA[]]>\n        types 96, 99, 9B, 9D; Z is a zlib stream
//
// The header is version, type and length in ASCII, "00.9.40|95|0000000094"
// where | is the byte 0x01. The length counts characters (code points) of an
// uncompressed body and bytes of Z. The CRC is the decimal CRC-32/IEEE of
// header and body; what the CRC of a compressed answer covers is not known, so
// it is neither checked nor promised. A body is a list of fields joined by
// 0x01.
//
// [AppendRequest] and [AppendAnswer] write frames, [ReadRequest] and [Reader]
// read them. Reading never trusts a length: every frame and every inflated body
// is bounded, and every error says what was wrong at which byte.
//
// Inflating is done by [Inflate], because it is half of the cost of a
// whole-market answer and the general libraries stop at 130 MB/s on the machine
// where this one reaches more than twice that; BenchmarkInflate compares them.
// Deflating, which only the fake exchange does, is klauspost/compress's work: it
// takes less than half the time of the standard library.
//
// Source: specification of Baostock, sections 2 to 5.
package wire
