package web

// alive answers whether the process lives: it asks nobody and needs no token.
func (x *exchange) alive() error {
	x.body = append(x.body, `{"status":"healthy","service":"barkeep","version":`...)
	x.body = appendString(x.body, x.version)
	x.body = append(x.body, '}')
	return nil
}

// health answers healthy, or degraded while every provider is left alone because
// its last requests failed. What is cached is still served then, so the status
// is 200 either way.
func (x *exchange) health() error {
	s, now := x.quotes.Stats(), x.now()
	paused := 0
	for _, p := range s.Providers {
		if p.Open {
			paused++
		}
	}
	status := "healthy"
	if paused > 0 && paused == len(s.Providers) {
		status = "degraded"
	}
	moment := x.market.Moment(now)
	x.body = append(x.body, `{"status":"`...)
	x.body = append(x.body, status...)
	x.body = append(x.body, `","service":"barkeep","version":`...)
	x.body = appendString(x.body, x.version)
	x.body = append(x.body, `,"api_version":"v1","market_status":"`...)
	x.body = append(x.body, marketStatus(x.market, now)...)
	x.body = append(x.body, `","phase":"`...)
	x.body = append(x.body, moment.Phase.String()...)
	x.body = append(x.body, `","phase_until":`...)
	x.body = appendTime(x.body, moment.Until, isoSeconds)
	x.body = append(x.body, `,"providers":[`...)
	x.body = appendProviders(x.body, s.Providers)
	x.body = append(x.body, `,"timestamp":`...)
	x.body = appendTime(x.body, now, isoMillis)
	x.body = append(x.body, '}')
	return nil
}

func (x *exchange) versions() error {
	x.body = append(x.body, `{"service":"barkeep","version":`...)
	x.body = appendString(x.body, x.version)
	x.body = append(x.body, `,"api_version":"v1","timestamp":`...)
	x.body = appendTime(x.body, x.now(), isoMillis)
	x.body = append(x.body, '}')
	return nil
}

// list answers /: what there is.
func (x *exchange) list() error {
	x.body = append(x.body, `{"message":"barkeep: a lake of China A-share data, and realtime quotes","version":`...)
	x.body = appendString(x.body, x.version)
	x.body = append(x.body, `,"routes":[`...)
	for i, line := range x.routes {
		if i > 0 {
			x.body = append(x.body, ',')
		}
		x.body = append(x.body, `{"method":"`...)
		x.body = append(x.body, line.method...)
		x.body = append(x.body, `","path":"`...)
		x.body = append(x.body, line.written()...)
		x.body = append(x.body, `","about":`...)
		x.body = appendString(x.body, line.about)
		x.body = append(x.body, '}')
	}
	x.body = append(x.body, ']', '}')
	return nil
}
