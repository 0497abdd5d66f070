import ArgumentParser
import Kernel
import Martlet

/// A run with the history of its metrics, as a file holds it.
struct RunExport {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, csv

        /// The format that a file's name asks for; JSON when it asks for none.
        static func of(_ file: String?) -> Self {
            file?.lowercased().hasSuffix(".csv") == true ? .csv : .json
        }
    }

    let run: Run
    let histories: [(key: String, points: [MetricPoint])]

    /// The file's text, without the line break at its end.
    func text(_ format: Format) -> String {
        switch format {
        case .json: json.text
        case .csv: csv
        }
    }

    private var json: JSON {
        var document = run.json.objectValue ?? JSONObject()
        document["metric_history"] = .object(
            JSONObject(histories.map { ($0.key, .array($0.points.map { Self.withoutKey($0.json) })) })
        )
        return .object(document)
    }

    private static func withoutKey(_ point: JSON) -> JSON {
        .object(JSONObject((point.objectValue?.members ?? []).filter { $0.name != "key" }.map { ($0.name, $0.value) }))
    }

    private var csv: String {
        var lines = ["kind,key,value,step,timestamp"]
        func add(_ fields: String...) { lines.append(fields.map(Self.field).joined(separator: ",")) }
        for member in run.json.member(["info"])?.objectValue?.members ?? [] {
            add("info", member.name, member.value.stringValue ?? member.value.text, "", "")
        }
        for param in run.params { add("param", param.name, param.value, "", "") }
        for tag in run.tags { add("tag", tag.name, tag.value, "", "") }
        for (key, points) in histories {
            for point in points {
                let time = point.loggedAt.map { String($0.milliseconds) } ?? "0"
                add("metric", key, Readable.number(point.value), String(point.step), time)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// A field as RFC 4180 writes it.
    private static func field(_ text: String) -> String {
        // By scalars: a carriage return and the line feed behind it are one Character.
        guard text.unicodeScalars.contains(where: { ["\"", ",", "\n", "\r"].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
