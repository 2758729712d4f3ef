package etl

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// recycled keeps the column memory of released records for the next answer, by
// the power of two of its size: memory that the processor's cache still holds,
// that need not be cleared, and that the collector never sees.
var recycled [maxRecycled + 1]sync.Pool

// Memory below 2^minRecycled bytes is cheaper to allocate, and nothing above
// 2^maxRecycled is worth keeping: it would be a column of a million rows.
const (
	minRecycled = 9
	maxRecycled = 23
)

// column returns n values of memory that hold anything.
func column[T any](n int) []T {
	var zero T
	size := n * int(unsafe.Sizeof(zero))
	class := bits.Len(uint(max(size, 1) - 1))
	if class < minRecycled || class > maxRecycled {
		return make([]T, n)
	}
	p, ok := recycled[class].Get().(*byte)
	if !ok {
		p = unsafe.SliceData(make([]byte, 1<<class))
	}
	return unsafe.Slice((*T)(unsafe.Pointer(p)), 1<<class/int(unsafe.Sizeof(zero)))[:n]
}

// recycler takes back the memory of Arrow buffers that nobody refers to.
type recycler struct{ memory.Allocator }

// Free keeps memory that column has handed out, whose capacity is a power of two.
func (recycler) Free(b []byte) {
	class := bits.Len(uint(cap(b))) - 1
	if class >= minRecycled && class <= maxRecycled && cap(b) == 1<<class {
		recycled[class].Put(unsafe.SliceData(b))
	}
}

// buffer wraps memory that column has handed out; releasing it recycles it.
func buffer[T any](values []T) *memory.Buffer {
	var zero T
	size := int(unsafe.Sizeof(zero))
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), cap(values)*size)
	return memory.NewBufferWithAllocator(b[:len(values)*size], recycler{memory.DefaultAllocator})
}

// columnArray makes an array of n rows and gives the buffers to it.
func columnArray(t arrow.DataType, n, nulls int, buffers ...*memory.Buffer) arrow.Array {
	data := array.NewData(t, n, buffers, nil, nulls, 0)
	defer data.Release()
	for _, b := range buffers {
		if b != nil {
			b.Release() // data holds it now
		}
	}
	return array.MakeFromData(data)
}
