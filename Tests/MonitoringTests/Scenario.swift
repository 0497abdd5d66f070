import Analytics
import Foundation
import Kernel
import Monitoring
import Testing

/// A scenario of the drift reference: two samples of one column, and what SciPy 1.17.1 and Evidently 0.7.23 say.
struct Scenario: Sendable {
    let reference: [String?]
    let current: [String?]
    let truth: JSON

    /// Reads a scenario by its file name.
    init(_ name: String) throws {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        let table = try String(contentsOf: folder.appending(path: name + ".csv"), encoding: .utf8)
        var sides: [Substring: [String?]] = [:]
        for line in table.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
            sides[cells[0], default: []].append(cells[1].isEmpty ? nil : String(cells[1]))
        }
        reference = try #require(sides["reference"])
        current = try #require(sides["current"])
        truth = try JSON.parse(Data(contentsOf: folder.appending(path: name + ".json")))
    }

    /// The reference as a file's column `x`, numbers or texts.
    func table(isNumeric: Bool) -> SampleTable {
        let values: SampleTable.Values =
            isNumeric ? .numbers(reference.map { $0.flatMap(Double.init) }) : .texts(reference)
        return SampleTable(rowCount: reference.count, columns: [.init(name: "x", values: values)])
    }

    /// The current side as rows of the prediction log. An infinite number can't stand in JSON and is missing there.
    func rows(isNumeric: Bool) -> [String] {
        current.map { text in
            guard let text, !isNumeric || Double(text)?.isFinite == true else { return #"{"x":null}"# }
            return isNumeric ? #"{"x":\#(text)}"# : #"{"x":"\#(text)"}"#
        }
    }

    /// The number at a path.
    func number(_ path: String...) throws -> Double {
        let found = path.reduce(truth) { $0.objectValue?[$1] ?? .null }
        return try #require(found.doubleValue, "\(path)")
    }

    /// The numbers of a list at a path.
    func numbers(_ path: String...) throws -> [Double] {
        let found = path.reduce(truth) { $0.objectValue?[$1] ?? .null }
        return try #require(found.arrayValue, "\(path)").compactMap(\.doubleValue)
    }
}
