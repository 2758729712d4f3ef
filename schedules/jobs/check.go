package jobs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check reports everything that is wrong with a list of jobs.
func check(list []Job) error {
	var errs []error
	byName := map[string]Job{}
	for i, j := range list {
		switch _, twice := byName[j.Name]; {
		case j.Name == "":
			errs = append(errs, fmt.Errorf("job %d has no name", i+1))
			continue
		case twice:
			errs = append(errs, fmt.Errorf("two jobs have the name %s: rename one", j.Name))
		case j.Work == nil:
			errs = append(errs, fmt.Errorf("job %s has no work", j.Name))
		}
		byName[j.Name] = j
	}
	for _, j := range list {
		for _, other := range j.After {
			if _, ok := byName[other]; !ok {
				errs = append(errs, fmt.Errorf("job %s runs after %s, which is no job; jobs are %s", j.Name, other, names(list)))
			}
		}
	}
	return errors.Join(append(errs, checkCircle(list, byName))...)
}

// checkCircle reports one circle of After, if there is any.
func checkCircle(list []Job, byName map[string]Job) error {
	clear := map[string]bool{}
	var walk func(name string, path []string) error
	walk = func(name string, path []string) error {
		if i := slices.Index(path, name); i >= 0 {
			return fmt.Errorf("jobs wait for each other in a circle: %s: take one after: out",
				strings.Join(append(path[i:], name), " after "))
		}
		if clear[name] {
			return nil
		}
		for _, other := range byName[name].After {
			if err := walk(other, append(path, name)); err != nil {
				return err
			}
		}
		clear[name] = true
		return nil
	}
	for _, j := range list {
		if err := walk(j.Name, nil); err != nil {
			return err
		}
	}
	return nil
}

// names lists the names of jobs.
func names(list []Job) string {
	all := make([]string, len(list))
	for i, j := range list {
		all[i] = j.Name
	}
	return strings.Join(all, ", ")
}

// inOrder returns jobs in their order, but each behind those that it runs after.
func inOrder(list []*entry) []*entry {
	byName := map[string]*entry{}
	for _, e := range list {
		byName[e.job.Name] = e
	}
	sorted := make([]*entry, 0, len(list))
	var put func(e *entry)
	put = func(e *entry) {
		if e == nil || slices.Contains(sorted, e) {
			return
		}
		for _, other := range e.job.After {
			put(byName[other])
		}
		sorted = append(sorted, e)
	}
	for _, e := range list {
		put(e)
	}
	return sorted
}
