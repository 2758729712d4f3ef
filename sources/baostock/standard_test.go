package baostock

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"strconv"
	"testing"

	"barkeep/sources/baostock/wire"
)

// benchmarkStandard does what a client without our decoders would: inflate with
// compress/zlib, parse with encoding/json, convert with strconv.
func benchmarkStandard(b *testing.B, frame []byte, rows int) {
	h, err := wire.ParseHeader(frame)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		z, err := zlib.NewReader(bytes.NewReader(frame[wire.HeaderSize : wire.HeaderSize+h.Length]))
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			b.Fatal(err)
		}
		var table struct {
			Record [][]string `json:"record"`
		}
		if err := json.Unmarshal(bytes.Split(body, []byte{wire.Sep})[4], &table); err != nil {
			b.Fatal(err)
		}
		columns := make([][]float64, 18)
		for _, row := range table.Record {
			for i, cell := range row[2:] {
				v, _ := strconv.ParseFloat(cell, 64)
				columns[i+2] = append(columns[i+2], v)
			}
		}
		if len(columns[17]) != rows {
			b.Fatal("rows are missing")
		}
	}
}
