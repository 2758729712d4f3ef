package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"barkeep/sinks/webhook"
)

func (a *app) notifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "notify [TEXT]",
		Short: "send a test message to every target of notifications",
		Long: `Notify sends a text to every target that the section notify of the configuration
names, and says which of them have taken it. Exit code 1 means that one has not.`,
		Example: `  BARKEEP_NOTIFY_SLACK_URL=https://hooks.slack.com/... barkeep notify
  barkeep notify "maintenance at 18:00"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := "Notifications of this machine arrive here."
			if len(args) == 1 {
				text = args[0]
			}
			return a.notify(cmd, text)
		},
	}
}

func (a *app) notify(cmd *cobra.Command, text string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	n, err := webhook.New(cfg.Notify, webhook.Options{Version: version, Log: a.log})
	if err != nil {
		return usageError{err}
	}
	if len(n.Targets()) == 0 {
		return usage("there is nobody to notify: set notify.generic.url or the address of another target, such as BARKEEP_NOTIFY_DINGTALK_URL; barkeep config keys lists them")
	}
	results := n.Try(cmd.Context(), text)
	problems := []error{n.Close()}
	for _, name := range slices.Sorted(slices.Values(n.Targets())) {
		if results[name] == nil {
			fmt.Fprintf(a.out, "%s has taken it\n", name)
		}
		problems = append(problems, results[name])
	}
	return errors.Join(problems...)
}
