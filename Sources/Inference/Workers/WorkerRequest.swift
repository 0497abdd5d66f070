import Kernel

/// What a Python model is asked.
package enum WorkerRequest: Sendable {
    /// Inputs of its signature, in the signature's order; the first dimension of each counts the rows.
    case tensors([NamedTensor], rows: Int)
    /// A body of MLflow's scoring protocol, which MLflow reads itself.
    case document([UInt8], isCSV: Bool)

    /// The rows, as far as they are known.
    var rows: Int {
        switch self {
        case .tensors(_, let rows): rows
        case .document: 1
        }
    }

    /// Whether both together can be asked as one: the same inputs, with rows alike.
    func isLike(_ other: WorkerRequest) -> Bool {
        guard case .tensors(let left, _) = self, case .tensors(let right, _) = other, left.count == right.count else {
            return false
        }
        return zip(left, right).allSatisfy { left, right in
            left.name == right.name && left.tensor.elementType == right.tensor.elementType
                && left.tensor.shape.dropFirst() == right.tensor.shape.dropFirst()
        }
    }

    /// The frame that asks all of `requests` at once; more than one only where they are alike.
    static func frame(_ requests: [WorkerRequest]) -> [UInt8] {
        guard case .tensors(let first, _)? = requests.first else { return document(requests[0]) }
        var parts: [(description: NamedTensor, rows: Int, bytes: [UInt8])] = first.map { ($0, 0, []) }
        for case .tensors(let tensors, let rows) in requests {
            for (index, named) in tensors.enumerated() {
                named.tensor.values.appendRaw(to: &parts[index].bytes)
                parts[index].rows += rows
            }
        }
        return WorkerFrame.bytes(capacity: parts.reduce(0) { $0 + $1.bytes.count }) { head in
            head.name("call")
            head.value("tensors")
            head.name("rows")
            head.value(parts.first?.rows ?? 0)
            head.name("tensors")
            head.array { head in
                for part in parts {
                    let shape = [part.rows] + part.description.tensor.shape.dropFirst()
                    head.tensor(part.description, shape: shape, size: part.bytes.count)
                }
            }
        } _: { payload in
            for part in parts { payload += part.bytes }
        }
    }

    private static func document(_ request: WorkerRequest) -> [UInt8] {
        guard case .document(let body, let isCSV) = request else { return [] }
        return WorkerFrame.bytes(capacity: body.count) { head in
            head.name("call")
            head.value("document")
            head.name("type")
            head.value(isCSV ? "csv" : "json")
        } _: { payload in
            payload += body
        }
    }
}

extension JSONWriter {
    fileprivate mutating func tensor(_ named: NamedTensor, shape: [Int], size: Int) {
        object { writer in
            writer.name("name")
            writer.value(named.name)
            writer.name("datatype")
            writer.value(named.tensor.elementType.datatype)
            writer.name("shape")
            writer.array { writer in for length in shape { writer.value(length) } }
            writer.name("size")
            writer.value(size)
        }
    }
}
