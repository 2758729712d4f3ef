package lake

import (
	"context"
	"time"
)

// DecodeEntry reads a commit as the history does.
func DecodeEntry(body []byte) Entry { return decodeEntry(body) }

// CleanLog cleans the log as of a time.
func (t *Table) CleanLog(ctx context.Context, now time.Time) error {
	st, err := t.load(ctx, newestVersion)
	if err != nil {
		return err
	}
	return t.cleanLog(ctx, st.metaData, now)
}

// CleanLogOnly cleans the log of a table with the default properties.
func (t *Table) CleanLogOnly(ctx context.Context, now time.Time) error {
	return t.cleanLog(ctx, &metaData{}, now)
}
