package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"barkeep/cmd/barkeep/web"
)

func (a *app) serveCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   "serve",
		Short: "serve quotes over HTTP",
		Long: `Serve answers requests for quotes over HTTP, from a cache that knows when a quote
can change. It prints "http://HOST:PORT" as soon as it listens and runs until
interrupted. The routes, requests and answers are those of QuantDB's realtime part;
GET / lists them.

Any address but a loopback one needs a token, in the environment variable
BARKEEP_HTTP_TOKEN or in the file that http.token_file names.`,
		Example: `  barkeep serve
  barkeep serve --address 127.0.0.1:0
  curl http://127.0.0.1:7070/api/v1/realtime/stock/600519`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if address != "" {
				a.set = append(a.set, "http.address="+address)
			}
			return a.serve(cmd.Context())
		},
	}
	c.Flags().StringVar(&address, "address", "", "where to listen, `HOST:PORT` (key http.address)")
	return c
}

func (a *app) serve(ctx context.Context) error {
	desk, err := a.newQuoteDesk(ctx)
	if err != nil {
		return err
	}
	defer desk.cache.Close()
	server, err := web.New(desk.cfg.HTTP, desk.cache, web.Options{Version: version, Now: now, Log: a.log, Calendar: desk.calendar})
	if err != nil {
		return usageError{err}
	}
	at, err := server.Listen()
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "http://%s\n", at)
	return server.Serve(ctx)
}
