-- Logs metrics through MLflow's REST API: KIND=one (log-metric) or KIND=batch (log-batch of 1000).
-- RUNS: run ids, separated by commas, used in turn. START: the first timestamp; each request has its own, so that no
-- point is ever a repetition that a server may drop.
local kind = os.getenv("KIND")
local stamp = tonumber(os.getenv("START"))
local points = 1000
local runs, turn, pieces = {}, 0, {}
for run in os.getenv("RUNS"):gmatch("[^,]+") do runs[#runs + 1] = run end

local path = kind == "one" and "/api/2.0/mlflow/runs/log-metric" or "/api/2.0/mlflow/runs/log-batch"

-- The pieces of a batch between its timestamps: joined by one, they are a body.
local function batch_pieces()
  local made = {}
  for index = 0, points - 1 do
    local tail = index == 0 and "" or string.format(',"step":%d},', index - 1)
    made[#made + 1] = string.format('%s{"key":"m%d","value":%.6f,"timestamp":', tail, index % 10, index / 7)
  end
  made[#made + 1] = string.format(',"step":%d}', points - 1)
  return made
end

function init()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if kind == "batch" then pieces = batch_pieces() end
end

function request()
  turn = turn % #runs + 1
  stamp = stamp + 1
  local run = runs[turn]
  local body
  if kind == "one" then
    body = string.format(
      '{"run_uuid":"%s","run_id":"%s","key":"loss","value":%.6f,"timestamp":%.0f,"step":%.0f}',
      run, run, stamp % 997 / 997, stamp, stamp % 1000000)
  else
    body = '{"run_id":"' .. run .. '","metrics":[' .. table.concat(pieces, string.format("%.0f", stamp)) .. "]}"
  end
  return wrk.format(nil, path, nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"per_second":%.1f,"p50_ms":%.4f,"p99_ms":%.4f,"failed":%d}\n',
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
