package etl

import (
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// MemberRows makes a record of the table IndexMembers.
func MemberRows(list []MemberInterval) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, IndexMembers.Schema())
	defer b.Release()
	for _, v := range list {
		appendString(b, 0, v.Index.String())
		appendString(b, 1, v.Symbol.String())
		appendDay(b, 2, v.Since)
		appendDay(b, 3, v.Until)
		appendDay(b, 4, v.Last)
		appendString(b, 5, v.Source)
		appendTime(b, 6, v.Fetched)
	}
	return b.NewRecord()
}

// ReadMembers reads what MemberRows has written. The record's columns are those
// of the table, in order.
func ReadMembers(r arrow.Record) ([]MemberInterval, error) {
	list := make([]MemberInterval, r.NumRows())
	for i := range list {
		v := &list[i]
		var err error
		if v.Index, err = ParseMemberIndex(textAt(r, 0, i)); err == nil {
			v.Symbol, err = ParseSymbol(textAt(r, 1, i))
		}
		if err != nil {
			return nil, &DataError{"table index_members", err.Error()}
		}
		v.Since, v.Until, v.Last = dayAt(r, 2, i), dayAt(r, 3, i), dayAt(r, 4, i)
		v.Source, v.Fetched = strings.Clone(textAt(r, 5, i)), timeAt(r, 6, i)
	}
	return list, nil
}

// MemberListRows makes a record of the table IndexLists from all lists of a
// history, sorted.
func MemberListRows(h *MemberHistory) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, IndexLists.Schema())
	defer b.Release()
	for _, x := range MemberIndices {
		for _, l := range h.Lists(x) {
			appendString(b, 0, x.String())
			appendDay(b, 1, l.Updated)
			appendDay(b, 2, l.Asked)
			b.Field(3).(*array.Int64Builder).Append(int64(len(l.Members)))
			appendString(b, 4, l.Source)
			appendTime(b, 5, l.Fetched)
		}
	}
	return b.NewRecord()
}

// ReadMemberLists reads what MemberListRows has written. Of the members there is
// only their number: Members has the right length and holds no symbols, which
// RestoreMembers puts there.
func ReadMemberLists(r arrow.Record) ([]MemberList, error) {
	list := make([]MemberList, r.NumRows())
	for i := range list {
		l := &list[i]
		var err error
		if l.Index, err = ParseMemberIndex(textAt(r, 0, i)); err != nil {
			return nil, &DataError{"table index_lists", err.Error()}
		}
		n := r.Column(3).(*array.Int64).Value(i)
		if n < 0 || n > 100_000 {
			return nil, &DataError{"table index_lists", "a list cannot have " + r.Column(3).ValueStr(i) + " members"}
		}
		l.Updated, l.Asked, l.Members = dayAt(r, 1, i), dayAt(r, 2, i), make([]Symbol, n)
		l.Source, l.Fetched = strings.Clone(textAt(r, 4, i)), timeAt(r, 5, i)
	}
	return list, nil
}
