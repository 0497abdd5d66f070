-- One prediction a request over keep-alive HTTP; 256 different rows in turn, the same at every run.
-- FORM: row ({"model_name": MODEL, "inputs": [..]}), nested ({"inputs": [[..]]}) or v2 (Open Inference, tensor INPUT).
local form, model, input = os.getenv("FORM"), os.getenv("MODEL"), os.getenv("INPUT")
local columns, bodies = 30, 256
local seed = 20261121

-- Park and Miller's generator: uniform in [-2, 2), four decimals.
local function draw()
  seed = (seed * 48271) % 2147483647
  return string.format("%.4f", seed / 2147483647 * 4 - 2)
end

local function body()
  local values = {}
  for column = 1, columns do values[column] = draw() end
  local list = table.concat(values, ",")
  if form == "row" then
    return string.format('{"model_name":"%s","inputs":[%s]}', model, list)
  elseif form == "v2" then
    return string.format('{"inputs":[{"name":"%s","datatype":"FP32","shape":[1,%d],"data":[%s]}]}', input, columns, list)
  end
  return string.format('{"inputs":[[%s]]}', list)
end

local requests, turn = {}, 0

function init()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["X-Martlet-Endpoint"] = model
  for index = 1, bodies do requests[index] = wrk.format(nil, nil, nil, body()) end
end

function request()
  turn = turn % bodies + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"per_second":%.1f,"p50_ms":%.4f,"p99_ms":%.4f,"failed":%d}\n',
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
