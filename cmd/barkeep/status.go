package main

import (
	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var o healthOptions
	c := &cobra.Command{
		Use:   "status",
		Short: "tell how fresh, complete and healthy the lake is",
		Long: `Status tells at a glance how fresh and complete the lake is: the last day that is
sealed, which bars are missing, what the tables hold, small files, rows in quarantine,
what the last checks found, the budget of requests, the last runs, the calendar's end
and the space on the disk. It reads the lake and nothing else.

Missing bars are looked for in the last 365 days; what is older is compared by number
only, unless --all asks for every cell. A day is sealed when every security listed on
it has its bar, traded or suspended, or an absence that explains why there is none.

The exit code is 0 when all is well and 3 when it is not; the last line says what is
wrong and what would help.`,
		Example: `  barkeep status
  barkeep status --all --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.health(cmd.Context(), o)
			if err != nil {
				return err
			}
			if a.json {
				err = writeSummary(a.out, h)
			} else {
				h.write(a.out, a.paint())
			}
			if err == nil && !h.Healthy {
				err = partialError{}
			}
			return err
		},
	}
	c.Flags().BoolVar(&o.all, "all", false, "look for missing bars in the whole history")
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON object")
	return c
}
