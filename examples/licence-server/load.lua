-- What wrk sends: load.sh says how it is called.
--
-- Behind the URL: the kind of request, the key, and how many accounts there are.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

local kind, headers, accounts
local number = 0

function init(args)
  kind, accounts = args[1], tonumber(args[3])
  headers = { ["Authorization"] = "Bearer " .. args[2], ["Content-Type"] = "application/json" }
end

-- 500 users in every account open a product again and again: the first time each is charged.
local function open(account)
  local session = kind .. thread_number .. "-" .. number
  local user = "u" .. math.floor(number / accounts) % 500
  local body = '{"session":"' .. session .. '","user":"' .. user .. '","product":"AutoCAD"}'
  return wrk.format("POST", account .. "/sessions", headers, body)
end

function request()
  number = number + 1
  local account = "/v1/accounts/a" .. number % accounts
  if kind == "open" then
    return open(account)
  elseif kind == "heartbeat" then
    return wrk.format("POST", account .. "/sessions/s1/heartbeat", headers)
  else
    return wrk.format("GET", account .. "/admission?user=ana&product=AutoCAD", headers)
  end
end

function done(summary, latency)
  local per_second = summary.requests / summary.duration * 1e6
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  -- What init was told is not known here: load.sh puts the kind in front.
  io.write(string.format("measured: %8.0f %9.1f %9.1f %9.1f %7d\n", per_second,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000, failed))
end
