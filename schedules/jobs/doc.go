// Package jobs runs jobs when they are due.
package jobs
