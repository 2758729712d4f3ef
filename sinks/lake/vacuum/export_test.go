package vacuum

// Listed returns o with a function that is called between the listing of the
// directory and the reading of the table.
func (o Options) Listed(f func()) Options {
	o.listed = f
	return o
}
