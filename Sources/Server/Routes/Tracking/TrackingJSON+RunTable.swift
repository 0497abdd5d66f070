import Kernel
import Tracking

/// A page of runs straight from the packed texts, in the same bytes as run by run.
extension JSONWriter {
    /// `{"runs": [...], "next_page_token": …}`.
    mutating func runs(_ page: RunPage) {
        object { writer in
            if !page.items.isEmpty {
                writer.name("runs")
                writer.array { writer in
                    for place in page.items.indices { writer.run(place, of: page.items) }
                }
            }
            writer.member("next_page_token", ifPresent: page.next?.text)
        }
    }

    private mutating func run(_ place: Int, of table: RunTable) {
        object { writer in
            writer.name("info")
            writer.runInfo(table.runs[place])
            writer.member("data") { writer in
                writer.metrics(table.metrics, of: place)
                writer.keyValues("params", table.params, of: place)
                writer.keyValues("tags", table.tags, of: place)
            }
            writer.inputsAndOutputs(
                datasets: table.datasetInputs[place] ?? [],
                models: table.modelInputs[place] ?? [],
                outputs: table.modelOutputs[place] ?? []
            )
        }
    }

    private mutating func metrics(_ metrics: LatestMetrics, of run: Int) {
        let points = metrics.points(of: run)
        guard !points.isEmpty else { return }
        name("metrics")
        array { writer in
            for point in points {
                writer.object { writer in
                    writer.member("key", metrics.keys[point.key])
                    writer.name("value")
                    writer.clamped(point.value)
                    writer.member("timestamp", point.timestamp)
                    writer.member("step", point.step)
                }
            }
        }
    }

    private mutating func keyValues(_ name: StaticString, _ texts: PackedTexts, of run: Int) {
        let pairs = texts.pairs(of: run)
        guard !pairs.isEmpty else { return }
        let bytes = texts.bytes.span
        self.name(name)
        array { writer in
            for pair in pairs {
                writer.keyValue(
                    utf8: bytes.extracting(texts.keyPlace(pair)),
                    bytes.extracting(texts.valuePlace(pair))
                )
            }
        }
    }
}
