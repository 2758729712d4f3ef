package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"barkeep/configs"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "check or show the configuration",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "report everything that is wrong with the configuration",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if _, err := cfg.Calendar.Load(); err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprintln(a.out, "the configuration is fine")
			return err
		},
	}, &cobra.Command{
		Use:   "show",
		Short: "print the configuration in force, and where each value comes from",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := a.config(); err != nil {
				return err
			}
			return a.loaded.Show(a.out)
		},
	}, &cobra.Command{
		Use:   "keys",
		Short: "list every key with its type, default and meaning",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			keys, err := configs.Keys[configs.Config](configs.Default)
			if err != nil {
				return err
			}
			t := table.NewWriter()
			t.SetOutputMirror(a.out)
			t.SetStyle(table.StyleLight)
			t.AppendHeader(table.Row{"key", "type", "default", "meaning"})
			for _, k := range keys {
				t.AppendRow(table.Row{k.Name, k.Type, k.Default, k.Description})
			}
			t.Render()
			return nil
		},
	})
	return c
}
