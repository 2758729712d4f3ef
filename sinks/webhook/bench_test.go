package webhook_test

import (
	"testing"

	"barkeep/sinks/webhook"
)

// BenchmarkRaise is what a job pays for saying again what is known.
func BenchmarkRaise(b *testing.B) {
	n, err := webhook.New(config(), webhook.Options{Transport: &robots{}})
	if err != nil {
		b.Fatal(err)
	}
	n.Raise(failed)
	if err := n.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n.Raise(failed)
	}
	if err := n.Close(); err != nil {
		b.Fatal(err)
	}
}
